import { describeClose } from './close-code.js'
import { type Answer, Connection, type ConnectionListener, type ConnectionState } from './connection.js'
import { create, find, stamp } from './element.js'
import { addressOf, type Host } from './host.js'
import { measurePayload, type Payload, showMilliseconds, showPayload } from './payload.js'

const STATES: Readonly<Record<ConnectionState, string>> = {
  idle: 'Not connected',
  connecting: 'Connecting',
  open: 'Connected',
  closing: 'Closing',
  closed: 'Closed',
}

const BUTTONS: Readonly<Record<ConnectionState, string>> = {
  idle: 'Connect',
  connecting: 'Cancel',
  open: 'Disconnect',
  closing: 'Disconnect',
  closed: 'Reconnect',
}

const MAX_LOG_LINES = 60

/** One server on the page: its state, its last answer, its log, and the button that connects it. */
export class HostCard implements ConnectionListener {
  readonly element: HTMLElement
  readonly connection: Connection
  readonly #state: HTMLElement
  readonly #rtt: HTMLElement
  readonly #echo: HTMLElement
  readonly #log: HTMLElement
  readonly #button: HTMLButtonElement
  readonly #onState: () => void
  readonly #lines: HTMLElement[] = []

  /** @param onState is called whenever the connection's state has changed. */
  constructor(host: Host, onState: () => void) {
    const element = stamp('host-template')
    this.element = element
    this.#onState = onState
    this.connection = new Connection(host, this)
    this.#state = find(HTMLElement, '.state-text', element)
    this.#rtt = find(HTMLElement, '.rtt', element)
    this.#echo = find(HTMLElement, '.echo', element)
    this.#log = find(HTMLElement, '.log', element)
    this.#button = find(HTMLButtonElement, '.toggle', element)
    element.dataset.host = host.name
    find(HTMLElement, 'h3', element).textContent = host.title
    find(HTMLElement, '.address', element).textContent = addressOf(host, '/ws')
    this.#log.setAttribute('aria-label', `Log of ${host.title}`)
    // What scrolls has to be reachable by keyboard.
    this.#log.tabIndex = 0
    this.#button.addEventListener('click', () => this.#toggle())
    this.#showAnswer('', 'No answer yet', 'none')
    this.#show('idle')
  }

  onState(state: ConnectionState): void {
    this.#show(state)
    if (state === 'open') this.#write('note', 'connected')
    this.#onState()
  }

  onSent(payload: Payload): void {
    this.#showAnswer('', 'Waiting for the answer', 'waiting')
    this.#write('sent', showPayload(payload), measurePayload(payload))
  }

  onAnswer({ payload, rttMs, isSame }: Answer): void {
    const time = showMilliseconds(rttMs)
    this.#showAnswer(time, showPayload(payload), isSame ? typeof payload : 'different')
    this.#write('received', showPayload(payload), `${measurePayload(payload)}, ${time}`)
    if (!isSame) this.#write('wrong', 'this is not what was sent')
  }

  onClose(code: number, reason: string, wasOpen: boolean): void {
    const words = wasOpen ? describeClose(code) : 'could not connect'
    this.#state.textContent = wasOpen ? `Closed: ${words}` : 'Could not connect'
    if (this.#echo.dataset.kind === 'waiting') this.#showAnswer('', 'No answer came', 'none')
    this.#write(code === 1000 ? 'note' : 'wrong', reason === '' ? words : `${words}: ${reason}`)
  }

  #toggle(): void {
    if (this.connection.state === 'open' || this.connection.state === 'connecting') this.connection.close()
    else void this.connection.open()
  }

  #show(state: ConnectionState): void {
    this.element.dataset.state = state
    this.#state.textContent = STATES[state]
    this.#button.textContent = BUTTONS[state]
    this.#button.setAttribute('aria-label', `${BUTTONS[state]} ${this.connection.host.title}`)
    // Not `disabled`: the button would lose the focus of whoever pressed it.
    this.#button.setAttribute('aria-disabled', String(state === 'closing'))
  }

  #showAnswer(time: string, text: string, kind: string): void {
    this.#rtt.textContent = time
    this.#echo.textContent = text
    this.#echo.dataset.kind = kind
  }

  #write(kind: 'sent' | 'received' | 'note' | 'wrong', text: string, detail = ''): void {
    const line = create('li', kind)
    const label = { sent: 'sent', received: 'received', note: '', wrong: '' }[kind]
    if (label !== '') line.append(create('span', 'visually-hidden', `${label}: `))
    line.append(create('span', 'what', text))
    if (detail !== '') line.append(create('span', 'detail', detail))
    this.#lines.push(line)
    this.#lines.splice(0, this.#lines.length - MAX_LOG_LINES)
    // Laying out the log between a message and its answer would count as the server's time.
    if (this.#lines.length === 1) requestAnimationFrame(() => this.#flush())
  }

  #flush(): void {
    this.#log.append(...this.#lines.splice(0))
    while (this.#log.childElementCount > MAX_LOG_LINES) this.#log.firstElementChild?.remove()
    this.#log.scrollTop = this.#log.scrollHeight
  }
}
