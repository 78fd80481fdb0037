import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** One connection of a client to Redis, in two halves. */
class Pair {
  readonly #client: Socket
  readonly #redis: Socket
  #held: Buffer[] | undefined
  /** How often Redis has said something. */
  answers = 0

  constructor(client: Socket, redis: Socket) {
    this.#client = client
    this.#redis = redis
    client.pipe(redis)
    redis.on('data', (bytes) => {
      this.answers++
      if (this.#held === undefined) client.write(bytes)
      else this.#held.push(bytes)
    })
    for (const [end, other] of [[client, redis] as const, [redis, client] as const]) {
      end.on('error', () => {}).on('close', () => other.destroy())
    }
  }

  /** Keeps back what Redis says. */
  hold(): void {
    this.#held = []
  }

  /** Lets what was kept back go. */
  release(): void {
    for (const bytes of this.#held ?? []) this.#client.write(bytes)
    this.#held = undefined
  }

  /** Ends the connection. */
  cut(): void {
    this.#client.destroy()
    this.#redis.destroy()
  }
}

/** A way to Redis on which each connection can be held up or cut by itself. */
export class WayToRedis {
  readonly port: number
  /** Every connection so far, in the order in which they were made. */
  readonly pairs: Pair[] = []
  readonly #server: Server

  private constructor(server: Server, redisPort: number) {
    this.#server = server
    this.port = (server.address() as AddressInfo).port
    server.on('connection', (client) => {
      this.pairs.push(new Pair(client, connect(redisPort, '127.0.0.1')))
    })
  }

  static async open(redisPort: number): Promise<WayToRedis> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new WayToRedis(server, redisPort)
  }

  /** Ends it with every connection. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const pair of this.pairs) pair.cut()
    await closed
  }
}
