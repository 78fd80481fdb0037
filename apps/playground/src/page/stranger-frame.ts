import type { Outcome } from './attempt.js'

/** Runs `attempt` as a page of another origin would: in a frame that the browser gives no origin. */
export class StrangerFrame {
  readonly #frame = document.createElement('iframe')
  readonly #ready: Promise<void>
  readonly #waiting = new Map<string, (outcome: Outcome) => void>()

  constructor() {
    this.#frame.hidden = true
    this.#frame.title = 'A page of another origin'
    this.#frame.setAttribute('sandbox', 'allow-scripts')
    this.#frame.src = '/stranger.html'
    this.#ready = new Promise((resolve) => {
      window.addEventListener('message', ({ data, source }) => {
        if (source !== this.#frame.contentWindow) return
        if (data === 'ready') resolve()
        else this.#waiting.get(data.url)?.(data.outcome)
      })
    })
    document.body.append(this.#frame)
  }

  /** Tries a connection from within the frame. */
  async attempt(url: string): Promise<Outcome> {
    await this.#ready
    return new Promise((resolve) => {
      this.#waiting.set(url, resolve)
      this.#frame.contentWindow?.postMessage(url, '*')
    })
  }
}
