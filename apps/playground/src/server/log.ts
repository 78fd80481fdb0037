import type { CloseEvent, Observer } from '@echosession/core'

const STYLES = { dim: '2', red: '31', green: '32', yellow: '33', cyan: '36' } as const

/** Writes lines of the one log that all servers of this process share. */
export class Log {
  readonly #write: (text: string) => void
  readonly #isColoured: boolean

  constructor(write: (text: string) => void, isColoured: boolean) {
    this.#write = write
    this.#isColoured = isColoured
  }

  /** Writes text as it is. */
  plain(text: string): void {
    this.#write(`${text}\n`)
  }

  /** Writes one line: when, who, what. */
  line(who: string, what: string, style: keyof typeof STYLES = 'dim'): void {
    const time = new Date().toTimeString().slice(0, 8)
    this.#write(`${this.paint(time, 'dim')}  ${who.padEnd(13)} ${this.paint(what, style)}\n`)
  }

  /** Colours text where the log is on a terminal. */
  paint(text: string, style: keyof typeof STYLES): string {
    return this.#isColoured ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text
  }

  /** Watches the sessions of one demo. */
  observer(who: string): Observer {
    return {
      onOpen: ({ id, request }) => this.line(who, `open    #${id} ${request.path}`, 'green'),
      onClose: ({ id }, event) =>
        this.line(who, `close   #${id} ${describeClose(event)}`, event.clean ? 'dim' : 'yellow'),
      onReject: ({ status, code, path }) =>
        this.line(
          who,
          status === 0
            ? `left    ${path} before it was answered`
            : `refuse  ${path} with ${status} (${code})`,
          'yellow',
        ),
      onError: (error, phase) =>
        this.line(who, `error   ${phase}: ${error instanceof Error ? error.message : String(error)}`, 'red'),
      onLag: (lagMs) =>
        this.line(who, `late    the event loop stood still for ${Math.round(lagMs)} ms`, 'yellow'),
    }
  }
}

function describeClose({ code, reason }: CloseEvent): string {
  return reason === '' ? `with ${code}` : `with ${code} (${reason})`
}
