import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createSessions,
  defineSession,
  type EchoSession,
  type Message,
  reject,
  type SessionDefinition,
  type SessionsOptions,
} from '../dist/index.js'
import { connect, createManualClock, type MemoryClient } from '../dist/memory/index.js'
import { settle } from './open-session.js'
import { createRandom, type SeededRandom, seeds } from './seeded-random.js'

/** What the contract allows one session to be told, in which order. */
class Life {
  readonly sent: string[] = []
  readonly received: string[] = []
  state: 'new' | 'opening' | 'open' | 'closed' = 'new'
  running = 0
  closes = 0

  enter(call: 'open' | 'message' | 'other' | 'close' | 'error'): void {
    if (call === 'open') assert.equal(this.state, 'new', 'a second open')
    else assert.notEqual(this.state, 'new', `${call} before open`)
    if (call === 'message')
      assert.equal(this.state, 'open', 'a message before open has settled, or after close')
    if (call !== 'error') assert.equal(this.running, 0, `${call} while another call runs`)
    assert.notEqual(this.state, 'closed', `${call} after close`)
    if (call === 'open') this.state = 'opening'
    if (call === 'close') {
      this.state = 'closed'
      this.closes++
    }
  }

  /** Runs what a callback does, and notes that it runs. */
  run(random: SeededRandom, act: () => void): Promise<void> | undefined {
    const fails = random.chance(0.03)
    const turns = random.chance(0.5) ? 0 : 1 + random.below(30)
    act()
    if (turns === 0) {
      if (fails) throw new Error('sync')
      return undefined
    }
    this.running++
    return (async () => {
      for (let turn = 0; turn < turns; turn++) await Promise.resolve()
      this.running--
      if (fails) throw new Error('async')
    })()
  }
}

function act(random: SeededRandom, session: EchoSession): void {
  const choice = random.next()
  if (choice < 0.5) session.send('x'.repeat(random.below(200)))
  else if (choice < 0.54) session.close(random.pick([1000, 4000, 4999]), 'r'.repeat(random.below(200)))
  else if (choice < 0.56) session.terminate()
  else if (choice < 0.58) void session.drained()
  else if (choice < 0.6) void session.signal
}

function createDefinition(random: SeededRandom, lives: Map<string, Life>): SessionDefinition {
  const lifeOf = (session: EchoSession) => lives.get(session.request.path) as Life
  const authorize = async (): Promise<void> => {
    for (let turn = random.below(10); turn > 0; turn--) await Promise.resolve()
    if (random.chance(0.05)) reject(401)
    if (random.chance(0.05)) throw new Error('authorize')
    // Never comes back: the deadline has to.
    if (random.chance(0.02)) await new Promise(() => {})
  }
  const receive = (session: EchoSession, message: Message) => {
    const life = lifeOf(session)
    life.received.push(message.text())
    return life.run(random, () => act(random, session))
  }
  if (random.chance(0.3)) {
    return defineSession(
      async (session) => {
        const life = lifeOf(session)
        life.state = 'open'
        for await (const message of session) {
          await receive(session, message)
          if (random.chance(0.02)) break
        }
        life.closes++
      },
      { authorize },
    )
  }
  const other = (session: EchoSession) => {
    const life = lifeOf(session)
    life.enter('other')
    return life.run(random, () => act(random, session))
  }
  return defineSession({
    authorize,
    open(session) {
      const life = lifeOf(session)
      life.enter('open')
      const opening = life.run(random, () => act(random, session))
      const opened = () => {
        if (life.state === 'opening') life.state = 'open'
      }
      if (opening === undefined) opened()
      return opening?.then(opened, (error) => {
        opened()
        throw error
      })
    },
    message(session, message) {
      lifeOf(session).enter('message')
      return receive(session, message)
    },
    ping: other,
    pong: other,
    drain: other,
    error(session) {
      lifeOf(session).enter('error')
      if (random.chance(0.2)) throw new Error('error')
    },
    close(session) {
      lifeOf(session).enter('close')
      return lifeOf(session).run(random, () => act(random, session))
    },
  })
}

function stir(random: SeededRandom, client: MemoryClient, life: Life): void {
  const choice = random.next()
  if (choice < 0.6) {
    const text = `${life.sent.length}${'.'.repeat(random.below(100))}`
    life.sent.push(text)
    client.send(text)
  } else if (choice < 0.68) client.ping(new Uint8Array(random.below(20)))
  else if (choice < 0.72) client.pong(new Uint8Array(random.below(6)))
  else if (choice < 0.75) client.begin()
  else if (choice < 0.79) client.pause()
  else if (choice < 0.87) client.resume()
  else if (choice < 0.9) client.close(random.pick([undefined, 1000, 4321]))
  else if (choice < 0.92) client.terminate()
  else if (choice < 0.925) client.sendText(Uint8Array.of(0xff))
}

for (const seed of seeds(40)) {
  test(`G18: whatever peers and handlers do, each session opens, is told in order, and closes once (seed ${seed})`, async () => {
    const random = createRandom(seed)
    const clock = createManualClock()
    const options: SessionsOptions = {
      clock,
      observer: { onError() {} },
      maxConnections: 10 + random.below(20),
      maxQueuedMessages: 1 + random.below(8),
      maxQueuedBytes: 50 + random.below(500),
      highWaterBytes: 100 + random.below(200),
      maxBufferedBytes: 400 + random.below(1_000),
      maxMessageBytes: random.chance(0.3) ? 90 : 1_000,
      maxMessagesPerSecond: random.chance(0.3) ? 50 : Number.POSITIVE_INFINITY,
      slowConsumer: random.pick(['close', 'drop']),
      heartbeatIntervalMs: random.pick([0, 1_000]),
      heartbeatTimeoutMs: 500,
      idleTimeoutMs: random.pick([0, 3_000]),
      messageTimeoutMs: 2_000,
      closeTimeoutMs: 500,
      authorizeTimeoutMs: 1_000,
      drainTimeoutMs: 10_000,
    }
    const sessions = createSessions(options)
    const lives = new Map<string, Life>()
    const definitions = Array.from({ length: 4 }, () => createDefinition(random, lives))
    const clients: { readonly client: MemoryClient; readonly life: Life }[] = []
    const connecting: Promise<void>[] = []
    let refused = 0
    const open = () => {
      const target = `/${lives.size}`
      const life = new Life()
      lives.set(target, life)
      const leaving = new AbortController()
      const { signal } = leaving
      connecting.push(
        connect(random.pick(definitions), { sessions, target, signal }).then(
          (client) => void clients.push({ client, life }),
          () => {
            refused++
            assert.equal(life.state, 'new', 'a session of a client that was refused')
          },
        ),
      )
      if (random.chance(0.1)) leaving.abort()
    }
    for (let step = 0; step < 400; step++) {
      const choice = random.next()
      if (choice < 0.15) open()
      else if (choice < 0.75 && clients.length > 0) {
        const { client, life } = random.pick(clients)
        stir(random, client, life)
      } else if (choice < 0.85) clock.advance(random.below(300))
      else if (choice < 0.86) clock.jump(random.below(5_000))
      else for (let turn = random.below(20); turn > 0; turn--) await Promise.resolve()
      const { active, pending, opened, closed } = sessions.counters()
      assert.ok(active + pending <= sessions.options.maxConnections)
      assert.equal(opened - closed, active)
    }
    const drained = sessions.drain()
    let report: unknown
    void drained.then((given) => {
      report = given
    })
    for (let step = 0; step < 2_000 && report === undefined; step++) {
      clock.advance(25)
      await settle()
    }
    assert.ok(report !== undefined, 'the drain did not end')
    await Promise.all(connecting)
    const { abandonedHandlers } = await drained
    assert.equal(abandonedHandlers, 0)
    const { active, pending, opened, closed, closedByCode, rejected, bufferedBytes } = sessions.counters()
    assert.deepEqual([active, pending, bufferedBytes], [0, 0, 0])
    assert.equal(opened, closed)
    assert.equal(opened, clients.length)
    assert.equal(opened + rejected, lives.size)
    assert.equal(refused, rejected)
    assert.equal(
      Object.values(closedByCode).reduce((sum, count) => sum + count, 0),
      closed,
    )
    assert.equal(clock.pending, 0, 'a timer is left')
    for (const { client, life } of clients) {
      assert.ok(life.closes <= 1)
      assert.equal(life.running, 0)
      // What was handled is what came first, in order, with nothing left out.
      assert.deepEqual(life.received, life.sent.slice(0, life.received.length))
      // Only a client that reads sees the end.
      client.resume()
      await client.closed
    }
    for (const { life } of clients.filter(({ life }) => life.state === 'closed')) assert.equal(life.closes, 1)
  })
}
