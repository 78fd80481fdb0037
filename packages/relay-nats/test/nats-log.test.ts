import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type LogTarget, registerLog } from '@echosession/conformance'
import { jetstreamManager } from '@nats-io/jetstream'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import { createNatsLog } from '../dist/log.js'
import { NatsServer } from './nats-server.js'

const LIMITS = { maxMessages: 3, maxAgeMs: 600_000 }
const bytes = (text: string) => Buffer.from(text)

/** The log on a NATS with JetStream of its own, as the suite's target. */
const target: LogTarget = {
  name: 'JetStream',
  capabilities: { network: true, interrupt: true, empty: true },
  async create() {
    const folder = mkdtempSync(join(tmpdir(), 'echosession-nats-'))
    const server = await NatsServer.start('-js', '-sd', folder)
    const connections: NatsConnection[] = []
    const reach = async () => {
      const connection = await connect({
        port: server.port,
        maxReconnectAttempts: -1,
        reconnectTimeWait: 50,
      })
      connections.push(connection)
      return connection
    }
    return {
      join: async () => createNatsLog({ connection: await reach() }),
      interrupt: () => server.signal('SIGKILL'),
      restore: () => server.start(),
      async empty() {
        const { streams } = await jetstreamManager(await reach())
        await streams.delete('echosession-log')
      },
      async close() {
        for (const connection of connections) await connection.close()
        await server.signal('SIGKILL')
        rmSync(folder, { recursive: true, force: true })
      },
    }
  },
}

registerLog(test, target)

const shared = mkdtempSync(join(tmpdir(), 'echosession-nats-'))
const server = await NatsServer.start('-js', '-sd', shared)
const connection = await connect({ port: server.port })
after(async () => {
  await connection.close()
  await server.signal('SIGKILL')
  rmSync(shared, { recursive: true, force: true })
})

test('what other rooms are sent makes no gap in the offsets of a room', async () => {
  const store = createNatsLog({ connection, prefix: 'holes' })
  const { position: start } = await store.read('x', undefined, 10, LIMITS)
  const first = await store.append('x', bytes('1'), LIMITS)
  for (let n = 0; n < 10; n++) await store.append('y', bytes('other'), LIMITS)
  const { position: between } = await store.read('z', undefined, 10, LIMITS)
  for (const text of ['2', '3']) await store.append('x', bytes(text), LIMITS)
  for (const [since, has] of [
    [start, '123'],
    [first, '23'],
    [between, '23'],
  ] as const) {
    const { complete, entries } = await store.read('x', since, 10, LIMITS)
    assert.equal(complete, true)
    assert.equal(entries.map(({ payload }) => Buffer.from(payload).toString()).join(''), has)
  }
  await store.append('x', bytes('4'), LIMITS)
  assert.equal((await store.read('x', start, 10, LIMITS)).complete, false)
  assert.equal((await store.read('x', first, 10, LIMITS)).complete, true)
})

test('another maxMessages begins another epoch, since the stream cannot tell what the former one has cost', async () => {
  const store = createNatsLog({ connection, prefix: 'limits' })
  const { position: start } = await store.read('x', undefined, 10, LIMITS)
  for (const text of ['1', '2', '3', '4', '5']) await store.append('x', bytes(text), LIMITS)
  const more = { ...LIMITS, maxMessages: 100 }
  assert.equal((await store.read('x', start, 10, more)).complete, false)
  const again = createNatsLog({ connection, prefix: 'limits' })
  const position = await again.append('x', bytes('6'), more)
  assert.notEqual(position.epoch, start.epoch)
  assert.equal((await again.read('x', position, 10, { ...more, maxAgeMs: 60_000 })).complete, true)
})

test('a room that is followed loses no position while it is silent, however busy the others are', async () => {
  const limits = { maxMessages: 100, maxAgeMs: 1_000 }
  const store = createNatsLog({ connection, prefix: 'silent' })
  const position = await store.append('x', bytes('1'), limits)
  const stranger = createNatsLog({ connection, prefix: 'silent' })
  let forgotten = false
  while (!forgotten) {
    await store.append('y', bytes('other'), limits)
    assert.equal((await store.read('x', position, 10, limits)).complete, true)
    forgotten = !(
      await stranger
        .append('y', bytes('other'), limits)
        .then(() => createNatsLog({ connection, prefix: 'silent' }).read('x', position, 10, limits))
    ).complete
  }
  await store.append('x', bytes('2'), limits)
  const { complete, entries } = await store.read('x', position, 10, limits)
  assert.deepEqual([complete, entries.length], [true, 1])
})

test('when the stream is deleted under appends, what resolves is there in its order', async () => {
  const store = createNatsLog({ connection, prefix: 'deleted' })
  const limits = { ...LIMITS, maxMessages: 100 }
  await store.append('x', bytes('before'), limits)
  await (await jetstreamManager(connection)).streams.delete('deleted-log')
  const settled = await Promise.allSettled(
    Array.from({ length: 20 }, (_, n) => store.append('x', bytes(`${n}`), limits)),
  )
  const added = settled.flatMap(({ status }, n) => (status === 'fulfilled' ? [`${n}`] : []))
  const { epoch } = (await store.read('x', undefined, 1, limits)).position
  const { entries } = await store.read('x', { epoch, offset: 0 }, 100, limits)
  assert.deepEqual(
    entries.map(({ payload }) => Buffer.from(payload).toString()),
    added,
  )
  assert.ok(added.includes('19'))
})

test('an entry may be as large as the server takes', async () => {
  const store = createNatsLog({ connection, prefix: 'large' })
  const { position } = await store.read('x', undefined, 1, LIMITS)
  await store.append('x', new Uint8Array(1_000_000).fill(7), LIMITS)
  const { entries } = await store.read('x', position, 1, LIMITS)
  assert.equal(entries[0]?.payload.length, 1_000_000)
  await assert.rejects(store.append('x', new Uint8Array(1_100_000), LIMITS), /max_payload/)
})

test('a wrong option is a TypeError that says what is allowed', () => {
  for (const [options, message] of [
    [{ prefix: 'a b' }, /prefix is/],
    [{ stream: 'a.b' }, /stream is/],
    [{ replicas: 6 }, /replicas is/],
    [{ connection: undefined as never }, /connection is/],
  ] as const) {
    assert.throws(() => createNatsLog({ connection, ...options }), {
      name: 'TypeError',
      code: 'ES_ERR_OPTION',
      message,
    })
  }
})
