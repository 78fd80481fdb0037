import { createCaseCard } from './case-card.js'
import type { ConnectionState } from './connection.js'
import { find } from './element.js'
import { fetchHosts, type Host } from './host.js'
import { HostCard } from './host-card.js'
import { makePayload } from './payload.js'
import { REFUSAL_CASES } from './refusal-case.js'
import { describeRound } from './round.js'

const summary = find(HTMLElement, '#summary')
const sendButton = find(HTMLButtonElement, '#send')
const connectButton = find(HTMLButtonElement, '#connect-all')
const disconnectButton = find(HTMLButtonElement, '#disconnect-all')
const form = find(HTMLFormElement, '#composer')
const message = find(HTMLInputElement, '#message')

function showTrouble(text: string): void {
  const trouble = find(HTMLElement, '#trouble')
  trouble.textContent = text
  trouble.hidden = false
}

function setUp(hosts: readonly Host[]): void {
  const cards = hosts.map((host) => new HostCard(host, () => update()))
  const inState = (...states: ConnectionState[]) =>
    cards.filter(({ connection }) => states.includes(connection.state))

  function update(): void {
    const open = inState('open').length
    connectButton.setAttribute('aria-disabled', String(inState('open', 'connecting').length === cards.length))
    disconnectButton.setAttribute('aria-disabled', String(inState('open', 'connecting').length === 0))
    if (open === 0) sendButton.textContent = 'Connect and send'
    else sendButton.textContent = open === cards.length ? 'Send to all five' : `Send to ${open}`
  }

  async function connectAll(): Promise<void> {
    await Promise.all(cards.map(({ connection }) => connection.open()))
  }

  function sayConnected(): void {
    const open = inState('open').length
    summary.textContent =
      open === cards.length
        ? 'All five are connected.'
        : `${open} of ${cards.length} are connected. Is npm start still running?`
  }

  connectButton.addEventListener('click', async () => {
    if (inState('open').length === cards.length) return
    await connectAll()
    sayConnected()
  })
  disconnectButton.addEventListener('click', () => {
    const open = inState('open', 'connecting')
    if (open.length === 0) return
    for (const { connection } of open) connection.close()
    summary.textContent = 'Disconnected.'
  })
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const type = new FormData(form).get('type') === 'binary' ? 'binary' : 'text'
    const payload = makePayload(message.value, type)
    if (inState('open').length === 0) {
      await connectAll()
      if (inState('open').length === 0) return sayConnected()
    }
    const answers = await Promise.all(inState('open').map(({ connection }) => connection.send(payload)))
    summary.textContent = describeRound(payload, answers)
  })

  const say = (text: string) => {
    find(HTMLElement, '#verdict').textContent = text
  }
  find(HTMLElement, '#hosts').append(...cards.map(({ element }) => element))
  find(HTMLElement, '#cases').append(...REFUSAL_CASES.map((refusal) => createCaseCard(refusal, hosts, say)))
  disconnectButton.disabled = false
  update()
}

try {
  setUp(await fetchHosts())
} catch {
  showTrouble('The list of servers could not be loaded. Is npm start still running?')
}
