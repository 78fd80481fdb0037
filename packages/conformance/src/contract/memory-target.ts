import {
  createSessions,
  type EchoSessionError,
  type Sessions,
  type SocketPort,
  type SocketSink,
} from '@echosession/core'
import { connect, type MemoryClient, type MemoryRefusal } from '@echosession/core/memory'
import { preview, type Transcript } from '../wire/transcript.js'
import type { ContractClient, Dial, DialAnswer, Ending, Received } from './contract-client.js'
import type { Target } from './target.js'

function payloadOf(data: string | Uint8Array): string {
  return typeof data === 'string' ? preview(Buffer.from(data)) : preview(data)
}

type Lackable = 'ping' | 'pause' | 'unfinished'
type Lacking = readonly Lackable[]

/** A client of the memory transport, as the suite wants one: it also shows the control frames of the server. */
class SuiteMemoryClient implements ContractClient {
  readonly pings: Uint8Array[] = []
  readonly pongs: Uint8Array[] = []
  readonly received: Received[] = []
  readonly closed: Promise<Ending>
  ending: Ending | undefined
  readonly #client: MemoryClient
  readonly #transcript: Transcript
  readonly #waiters: ((message: Received | undefined) => void)[] = []
  #taken = 0

  constructor(client: MemoryClient, tap: PortTap, transcript: Transcript) {
    this.#client = client
    this.#transcript = transcript
    tap.pong = (payload) => this.pongs.push(payload)
    tap.ping = (payload) => this.pings.push(payload)
    this.closed = client.closed.then(({ code, reason }) => {
      this.ending = { code, reason }
      transcript.add('note', `the connection is gone: ${code} ${reason}`)
      return this.ending
    })
    void this.#read()
  }

  get protocol(): string {
    return this.#client.protocol
  }

  send(data: string | Uint8Array): void {
    this.#transcript.add('sent', `message ${payloadOf(data)}`)
    this.#client.send(data)
  }

  sendText(bytes: Uint8Array): void {
    this.#transcript.add('sent', `text ${preview(bytes)}`)
    this.#client.sendText(bytes)
  }

  begin(): void {
    this.#transcript.add('sent', 'the begin of a message')
    this.#client.begin()
  }

  finish(text: string): void {
    this.send(text)
  }

  ping(payload?: Uint8Array): void {
    this.#transcript.add('sent', 'ping')
    this.#client.ping(payload)
  }

  pong(payload?: Uint8Array): void {
    this.#transcript.add('sent', 'pong')
    this.#client.pong(payload)
  }

  holdPongs(): void {
    // What is not read is not answered; nothing else comes in the cases that hold their pongs.
    this.#client.pause()
  }

  releasePongs(): void {
    this.pings.length = 0
    this.#client.resume()
  }

  next(): Promise<Received | undefined> {
    const message = this.received[this.#taken]
    if (message !== undefined) {
      this.#taken++
      return Promise.resolve(message)
    }
    if (this.ending !== undefined) return Promise.resolve(undefined)
    return new Promise((resolve) => this.#waiters.push(resolve))
  }

  close(code?: number, reason?: string): void {
    this.#transcript.add('sent', `close ${code ?? 'without a code'}`)
    this.#client.close(code, reason)
  }

  terminate(): void {
    this.#transcript.add('note', 'the client drops the connection')
    this.#client.terminate()
  }

  pause(): void {
    this.#client.pause()
  }

  resume(): void {
    this.#client.resume()
  }

  async #read(): Promise<void> {
    for await (const { type, bytes } of this.#client) {
      this.#transcript.add('received', `${type} ${preview(bytes)}`)
      this.received.push({ type, bytes })
      const waiter = this.#waiters.shift()
      if (waiter === undefined) continue
      this.#taken++
      waiter({ type, bytes })
    }
    await this.closed
    for (const waiter of this.#waiters.splice(0)) waiter(undefined)
  }
}

/** Hears the control frames that a session sends. Those that go out before the client is there wait for it. */
class PortTap {
  readonly #early: (() => void)[] = []
  #ping: ((payload: Uint8Array) => void) | undefined
  #pong: ((payload: Uint8Array) => void) | undefined

  set ping(listener: (payload: Uint8Array) => void) {
    this.#ping = listener
  }

  set pong(listener: (payload: Uint8Array) => void) {
    this.#pong = listener
    for (const tell of this.#early.splice(0)) tell()
  }

  wrap(port: SocketPort, lacking: Lacking): SocketPort {
    const has = (name: Lackable): boolean => !lacking.includes(name)
    return {
      capabilities: {
        ...port.capabilities,
        ping: has('ping'),
        pause: has('pause'),
        unfinished: has('unfinished'),
      },
      get bufferedBytes() {
        return port.bufferedBytes
      },
      send: (data, type) => port.send(data, type),
      sendEncoded: (frame) => port.sendEncoded?.(frame),
      close: (code, reason) => port.close(code, reason),
      terminate: () => port.terminate(),
      ping: (payload) => {
        if (!has('ping')) return
        port.ping(payload)
        this.#tell(() => this.#ping?.(payload))
      },
      pong: (payload) => {
        port.pong(payload)
        this.#tell(() => this.#pong?.(payload))
      },
      pause: () => {
        if (has('pause')) port.pause()
      },
      resume: () => {
        if (has('pause')) port.resume()
      },
    }
  }

  /** What a transport that lacks something reports. */
  wrapSink(sink: SocketSink, port: SocketPort, lacking: Lacking): SocketSink {
    return {
      message: (payload, type) => sink.message(payload, type),
      ping(payload) {
        if (!lacking.includes('ping')) return sink.ping(payload)
        sink.settle()
        port.pong(payload)
      },
      pong(payload) {
        if (!lacking.includes('ping')) sink.pong(payload)
      },
      settle: () => sink.settle(),
      drain: () => sink.drain(),
      unfinished(pending) {
        if (!lacking.includes('unfinished')) sink.unfinished(pending)
      },
      error: (error, closeCode) => sink.error(error, closeCode),
      closed: (code, reason) => sink.closed(code, reason),
    }
  }

  #tell(tell: () => void): void {
    if (this.#pong === undefined) this.#early.push(tell)
    else tell()
  }
}

// The same engine, but each session's port can be listened in on.
function tapped(sessions: Sessions, tap: PortTap, lacking: Lacking): Sessions {
  return new Proxy(sessions, {
    get(engine, name) {
      if (name === 'admit') {
        const admit: Sessions['admit'] = (definition, source, context) => {
          const attempt = engine.admit(definition, source, context)
          return {
            answer: attempt.answer,
            open(port) {
              const wrapped = tap.wrap(port, lacking)
              const { sink, start } = attempt.open(wrapped)
              return { sink: tap.wrapSink(sink, wrapped, lacking), start }
            },
            abandon: () => attempt.abandon(),
          }
        }
        return admit
      }
      const value: unknown = Reflect.get(engine, name, engine)
      return typeof value === 'function' ? value.bind(engine) : value
    },
  })
}

/** How a memory target differs from the plain one. */
export interface MemoryTargetOptions {
  /** The name for the report. */
  readonly name?: string
  /** What its transport cannot do, to judge how the engine gets along without. */
  readonly lacking?: readonly ('ping' | 'pause' | 'unfinished')[]
}

/** Makes the target that judges the engine alone, over `@echosession/core/memory`. */
export function createMemoryTarget(options: MemoryTargetOptions = {}): Target {
  const { name = 'memory', lacking = [] } = options
  return {
    name,
    capabilities: {
      network: false,
      http: false,
      middleware: false,
      server: false,
      ping: !lacking.includes('ping'),
      pause: !lacking.includes('pause'),
      unfinished: !lacking.includes('unfinished'),
      compression: false,
    },
    async mount(definition, options) {
      const sessions = createSessions(options)
      const clients = new Set<MemoryClient>()
      const dial: Dial = async (request, transcript): Promise<DialAnswer> => {
        const tap = new PortTap()
        const { headers, method, target, httpVersion, subprotocols, leave } = request
        const parts = { headers, method, target, httpVersion, subprotocols, signal: leave }
        transcript.add('sent', `${method ?? 'GET'} ${target ?? '/'}`)
        try {
          const given = Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined))
          const client = await connect(definition, { ...given, sessions: tapped(sessions, tap, lacking) })
          clients.add(client)
          transcript.add('received', '101')
          return {
            status: 101,
            headers: new Map(),
            body: '',
            client: new SuiteMemoryClient(client, tap, transcript),
          }
        } catch (error) {
          const refusal = (error as EchoSessionError as MemoryRefusal).cause
          if (refusal === undefined) throw error
          transcript.add('received', `${refusal.status} ${refusal.code}`)
          const entries = Object.entries(refusal.headers).map(
            ([key, value]) => [key.toLowerCase(), value] as const,
          )
          return { status: refusal.status, headers: new Map(entries), body: refusal.body }
        }
      }
      return {
        sessions,
        dial,
        async close() {
          for (const client of clients) client.terminate()
        },
      }
    },
  }
}
