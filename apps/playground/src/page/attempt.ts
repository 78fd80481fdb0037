/** What a page is told about a connection that it tried. */
export interface Outcome {
  readonly wasOpened: boolean
  /** The close code, or nothing when the connection stays open until the page itself ends it. */
  readonly code: number | undefined
}

/**
 * Tries a connection and says how it ended.
 * @param message is sent as soon as the connection is open; without one, the page itself ends it then.
 */
export function attempt(url: string, message?: Uint8Array<ArrayBuffer>): Promise<Outcome> {
  return new Promise((resolve) => {
    const webSocket = new WebSocket(url)
    let wasOpened = false
    webSocket.addEventListener('open', () => {
      wasOpened = true
      if (message !== undefined) webSocket.send(message)
      else {
        resolve({ wasOpened, code: undefined })
        webSocket.close(1000)
      }
    })
    // A server without the limit that was to be shown echoes the message.
    webSocket.addEventListener('message', () => {
      resolve({ wasOpened, code: undefined })
      webSocket.close(1000)
    })
    webSocket.addEventListener('close', ({ code }) => resolve({ wasOpened, code }))
  })
}
