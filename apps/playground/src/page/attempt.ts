/**
 * Connects, sends one message as soon as the connection is open, and waits for the end.
 * @returns the close code, or nothing when the server took the message and echoed it.
 */
export function attempt(url: string, message: Uint8Array<ArrayBuffer>): Promise<number | undefined> {
  return new Promise((resolve) => {
    const webSocket = new WebSocket(url)
    webSocket.addEventListener('open', () => webSocket.send(message))
    webSocket.addEventListener('message', () => {
      resolve(undefined)
      webSocket.close(1000)
    })
    webSocket.addEventListener('close', ({ code }) => resolve(code))
  })
}
