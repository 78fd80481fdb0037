import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** One connection through a proxy. */
class ProxiedConnection {
  readonly #ends: readonly [Socket, Socket]

  constructor(near: Socket, far: Socket) {
    this.#ends = [near, far]
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('error', () => to.destroy())
      from.on('close', () => to.destroy())
      from.pipe(to)
    }
  }

  /** Resets it on both sides. */
  reset(): void {
    for (const end of this.#ends) end.resetAndDestroy()
  }

  /** Passes nothing on any more, until `resume`. */
  pause(): void {
    for (const end of this.#ends) end.pause()
  }

  resume(): void {
    for (const end of this.#ends) end.resume()
  }
}

/** Stands between clients and a server of 127.0.0.1, to cut or hold up what goes between them. */
export class TcpProxy {
  /** Every connection so far, in the order in which they came. */
  readonly connections: ProxiedConnection[] = []
  readonly #server: Server

  private constructor(target: number) {
    this.#server = createServer((near) => {
      this.connections.push(new ProxiedConnection(near, connect(target, '127.0.0.1')))
    }).listen(0, '127.0.0.1')
  }

  static async start(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target)
    await once(proxy.#server, 'listening')
    return proxy
  }

  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('The proxy does not listen.')
    return address.port
  }

  /** Resets every connection. */
  reset(): void {
    for (const connection of this.connections) connection.reset()
  }

  /** Passes nothing on any more, until `resume`. */
  pause(): void {
    for (const connection of this.connections) connection.pause()
  }

  resume(): void {
    for (const connection of this.connections) connection.resume()
  }

  async stop(): Promise<void> {
    this.#server.close()
    this.reset()
    await once(this.#server, 'close')
  }
}
