import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRoomLog, createSessions, defineSession, type RoomLogOptions } from '../dist/index.js'
import { connect, createManualClock, createMemoryLog, type MemoryClient } from '../dist/memory/index.js'
import { settle } from './open-session.js'
import { createRandom, seeds } from './seeded-random.js'

interface Frame {
  readonly type: string
  readonly offset?: number
  readonly epoch?: string
  readonly recovered?: boolean
  readonly data?: string
  readonly code?: string
  readonly message?: string
}

function stage(options: RoomLogOptions = {}) {
  const clock = createManualClock()
  const engine = createMemoryLog(clock)
  const errors: unknown[] = []
  const process = () => {
    const sessions = createSessions({ clock })
    const log = createRoomLog(sessions, engine.store(), {
      onError: (error) => errors.push(error),
      ...options,
    })
    const definition = defineSession({
      message: async (session, message) => void (await log.receive(session, message)),
    })
    return { sessions, log, connect: () => connect(definition, { sessions }) }
  }
  return { clock, engine, errors, process }
}

async function frames(client: MemoryClient, count: number): Promise<Frame[]> {
  const found: Frame[] = []
  while (found.length < count) {
    await settle()
    const message = await client.next()
    if (message === undefined) break
    found.push(message.json() as Frame)
  }
  return found
}

const ask = (client: MemoryClient, request: unknown) => client.send(JSON.stringify(request))

test('a member gets what is added from its join on, on every process, in the order of the log', async () => {
  const { process } = stage()
  const [a, b] = [process(), process()]
  await a.log.append('news', 'before')
  const client = await b.connect()
  ask(client, { type: 'join', room: 'news' })
  const [joined] = await frames(client, 1)
  assert.deepEqual(
    { ...joined, epoch: '' },
    { type: 'joined', room: 'news', recovered: false, epoch: '', offset: 1 },
  )
  for (const text of ['one', 'two']) await a.log.append('news', text)
  await b.log.append('news', Buffer.from([0, 255]))
  const entries = await frames(client, 3)
  assert.deepEqual(entries, [
    { type: 'entry', room: 'news', offset: 2, data: 'one' },
    { type: 'entry', room: 'news', offset: 3, data: 'two' },
    { type: 'entry', room: 'news', offset: 4, base64: 'AP8=' },
  ])
})

test('who comes back on another process gets exactly what it missed, before anything new', async () => {
  const { process } = stage()
  const [a, b] = [process(), process()]
  const first = await a.connect()
  ask(first, { type: 'join', room: 'news' })
  const [joined] = await frames(first, 1)
  await a.log.append('news', '1')
  await frames(first, 1)
  first.terminate()
  for (const text of ['2', '3', '4']) await a.log.append('news', text)
  const again = await b.connect()
  ask(again, { type: 'join', room: 'news', since: { epoch: joined?.epoch, offset: 1 } })
  const [back, ...missed] = await frames(again, 4)
  assert.deepEqual([back?.recovered, back?.offset], [true, 4])
  assert.deepEqual(
    missed.map(({ data }) => data),
    ['2', '3', '4'],
  )
  await b.log.append('news', '5')
  assert.deepEqual(
    (await frames(again, 1)).map(({ data }) => data),
    ['5'],
  )
})

test('what was trimmed by number or by age is not recovered, not even a part of it', async () => {
  const { process, clock } = stage({ maxMessages: 3, maxAgeMs: 1_000 })
  const { log, connect } = process()
  const { epoch } = await log.append('news', '1')
  for (const text of ['2', '3', '4', '5']) await log.append('news', text)
  const late = await connect()
  ask(late, { type: 'join', room: 'news', since: { epoch, offset: 1 } })
  assert.deepEqual(
    (await frames(late, 1)).map(({ recovered, offset }) => [recovered, offset]),
    [[false, 5]],
  )
  ask(late, { type: 'join', room: 'news', since: { epoch, offset: 2 } })
  assert.deepEqual(
    (await frames(late, 4)).map(({ data }) => data),
    [undefined, '3', '4', '5'],
  )
  clock.advance(1_000)
  ask(late, { type: 'join', room: 'news', since: { epoch, offset: 4 } })
  assert.equal((await frames(late, 1))[0]?.recovered, false)
  ask(late, { type: 'join', room: 'news', since: { epoch, offset: 5 } })
  assert.equal((await frames(late, 1))[0]?.recovered, true)
})

test('a log that was emptied has a new epoch, and who is there is told', async () => {
  const { engine, process } = stage()
  const { log, connect } = process()
  const { epoch } = await log.append('news', '1')
  const client = await connect()
  ask(client, { type: 'join', room: 'news', since: { epoch, offset: 1 } })
  await frames(client, 1)
  engine.flush()
  await log.append('news', 'of another life')
  const [reset] = await frames(client, 1)
  assert.equal(reset?.type, 'reset')
  assert.notEqual(reset?.epoch, epoch)
  await log.append('news', 'next')
  assert.deepEqual(
    (await frames(client, 1)).map(({ data }) => data),
    ['next'],
  )
})

test('what was added while the engine could not be reached by a process arrives when it can', async () => {
  const { engine, errors, process, clock } = stage()
  const { log, connect } = process()
  const client = await connect()
  ask(client, { type: 'join', room: 'news' })
  const [{ epoch } = { epoch: '' }] = await frames(client, 1)
  engine.down()
  await settle()
  await assert.rejects(log.append('news', 'lost'), { code: 'ES_ERR_LOG' })
  const other = await connect()
  ask(other, { type: 'join', room: 'news', since: { epoch, offset: 0 } })
  assert.equal((await frames(other, 1))[0]?.code, 'ES_ERR_LOG')
  assert.equal(errors.length, 1)
  engine.up()
  await log.append('news', 'there')
  assert.deepEqual(
    (await frames(client, 1)).map(({ data }) => data),
    ['there'],
  )
  clock.advance(60_000)
})

test('a request that means nothing is answered with one error, and what is none is left to the application', async () => {
  const { process } = stage()
  const { connect } = process()
  const client = await connect()
  const wrong = [
    { type: 'join' },
    { type: 'join', room: '' },
    { type: 'join', room: 'x'.repeat(129) },
    { type: 'join', room: 'x', since: 1 },
    { type: 'join', room: 'x', since: { epoch: 'e', offset: -1 } },
    { type: 'join', room: 'x', since: { epoch: 'e', offset: 1e300 } },
    { type: 'join', room: 'x', since: { epoch: 5, offset: 1 } },
    { type: 'leave', room: {} },
  ]
  for (const request of wrong) {
    ask(client, request)
    const [answer] = await frames(client, 1)
    assert.equal(answer?.type, 'error', JSON.stringify(request))
  }
  for (const text of [
    '',
    '{',
    '[]',
    'null',
    '{"type":"chat"}',
    `${'['.repeat(100_000)}`,
    '{"__proto__":{"type":"join"}}',
  ]) {
    client.send(text)
  }
  ask(client, { type: 'join', room: '__proto__' })
  assert.equal((await frames(client, 1))[0]?.type, 'joined')
})

test('an option that is none is refused by its name', () => {
  const { engine } = stage()
  for (const [name, value] of [
    ['maxMessages', 0],
    ['maxAgeMs', 'x'],
    ['timeoutMs', -1],
    ['onError', 1],
    ['max', 1],
  ] as const) {
    assert.throws(() => createRoomLog(createSessions(), engine.store(), { [name]: value }), {
      code: 'ES_ERR_OPTION',
      message: new RegExp(name),
    })
  }
})

// What the log promises, against everything that may happen: each client has every entry of the log from its first
// position on, once and in order, unless it was told of a break.
for (const seed of seeds(20)) {
  test(`seed ${seed}: sessions that come and go on three processes get everything once and in order`, async (t) => {
    t.diagnostic(`SEED=${seed}`)
    const random = createRandom(seed)
    const { engine, process, clock } = stage({ maxMessages: 40 })
    const processes = [process(), process(), process()]
    const all: string[] = []
    const members = await Promise.all(
      Array.from({ length: 4 }, () => new Member().come(random.pick(processes))),
    )
    const add = async (text: string) => {
      await random.pick(processes).log.append('x', text)
      all.push(text)
    }
    for (let step = 0; step < 120; step++) {
      const member = random.pick(members)
      const kind = random.below(10)
      if (kind < 6) await add(`${step}`)
      else if (kind < 8) await member.come(random.pick(processes))
      else if (kind === 8) {
        engine.down()
        await settle()
        engine.up()
      } else await settle()
    }
    await add('last')
    for (let rounds = 0; rounds < 10; rounds++) {
      clock.advance(6_000)
      await settle()
    }
    for (const member of members) {
      assert.equal(member.has.at(-1), 'last')
      assert.deepEqual(member.has, all.slice(-member.has.length))
    }
  })
}

class Member {
  has: string[] = []
  #since: { readonly epoch: string | undefined; readonly offset: number | undefined } | undefined
  #client: MemoryClient | undefined

  async come(to: { connect(): Promise<MemoryClient> }): Promise<this> {
    this.#client?.terminate()
    const client = await to.connect()
    this.#client = client
    ask(client, { type: 'join', room: 'x', since: this.#since })
    void this.#listen(client)
    return this
  }

  async #listen(client: MemoryClient): Promise<void> {
    for await (const message of client) {
      if (client !== this.#client) return
      const { type, recovered, epoch, offset, data } = message.json() as Frame
      if (type === 'error') ask(client, { type: 'join', room: 'x', since: this.#since })
      if (type === 'reset' || (type === 'joined' && recovered === false)) {
        this.has = []
        this.#since = { epoch, offset }
      } else if (type === 'entry') {
        this.has.push(data as string)
        this.#since = { epoch: this.#since?.epoch, offset }
      }
    }
  }
}
