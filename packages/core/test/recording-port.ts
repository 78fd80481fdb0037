import type { MessageType, PortCapabilities, SocketPort, SocketSink } from '../dist/index.js'

/** A port without a connection: it notes what it is told, and holds as many bytes back as the test says. */
export class RecordingPort implements SocketPort {
  readonly capabilities: PortCapabilities
  readonly calls: string[] = []
  readonly sent: { readonly data: string | Uint8Array; readonly type: MessageType }[] = []
  readonly pings: Uint8Array[] = []
  bufferedBytes = 0
  /** Whether what is sent stays in the buffer. */
  holding = false
  paused = false
  sink: SocketSink | undefined
  /** Reports the end from within `terminate`, as a transport may. */
  closesAtOnce = false

  constructor(capabilities: Partial<PortCapabilities> = {}) {
    this.capabilities = { ping: true, pause: true, unfinished: true, ...capabilities }
  }

  send(data: string | Uint8Array, type: MessageType): void {
    this.calls.push(`send ${type}`)
    this.sent.push({ data, type })
    if (this.holding) this.bufferedBytes += data.length
  }

  close(code: number, reason: string): void {
    this.calls.push(`close ${code} ${reason}`.trim())
  }

  terminate(): void {
    this.calls.push('terminate')
    if (this.closesAtOnce) this.sink?.closed(1006, '')
  }

  ping(payload: Uint8Array): void {
    this.calls.push('ping')
    this.pings.push(payload)
  }

  pong(payload: Uint8Array): void {
    this.calls.push(`pong ${payload.length}`)
    if (this.holding) this.bufferedBytes += payload.length
  }

  pause(): void {
    this.paused = true
    this.calls.push('pause')
  }

  resume(): void {
    this.paused = false
    this.calls.push('resume')
  }

  /** Everything that was held back goes out. */
  release(): void {
    this.bufferedBytes = 0
    this.sink?.drain()
  }
}
