import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClusterRelay, serveClusterRelay } from '../dist/index.js'
import { ClusterStage } from './cluster-stage.js'

async function stageOf(serialization: 'json' | 'advanced' = 'json'): Promise<ClusterStage> {
  const stage = new ClusterStage(serialization)
  await stage.call('serve')
  return stage
}

const payloads = (events: readonly string[]) => events.filter((event) => / x /.test(event))

for (const serialization of ['json', 'advanced'] as const) {
  test(`a payload reaches other workers, byte for byte and in order (serialization ${serialization})`, async () => {
    const stage = await stageOf(serialization)
    const [a, b, c, other] = [
      await stage.join(),
      await stage.join(),
      await stage.join(),
      await stage.join('another'),
    ]
    await b.call('subscribe', 0, 'x')
    await b.call('subscribe', 0, 'x')
    await c.call('subscribe', 0, 'x')
    await other.call('subscribe', 0, 'x')
    const all = Buffer.from(Array.from({ length: 256 }, (_, index) => index)).toString('latin1')
    const sent = ['', all, ...Array.from({ length: 1_000 }, (_, index) => String(index))]
    await a.call('publish', 0, 'x', ...sent)
    await b.heard('0 x 999')
    await c.heard('0 x 999')
    const expected = sent.map((text) => `0 x ${text}`)
    assert.deepEqual(payloads(b.events), expected)
    assert.deepEqual(payloads(c.events), expected)
    await c.call('unsubscribe', 0, 'x')
    await c.call('unsubscribe', 0, 'never')
    await a.call('publishBytes', 0, 'x', 1, 4_194_304)
    await b.heard('0 x of 4194304')
    await a.call('subscribe', 0, 'end')
    await b.call('publish', 0, 'end', 'of it')
    await a.heard('0 end of it')
    assert.deepEqual(a.events, ['0 up', '0 end of it'])
    assert.equal(payloads(c.events).length, expected.length)
    assert.deepEqual(other.events, ['0 up'])
  })
}

test('relays of one worker reach each other too, and closing one ends it alone', async () => {
  const stage = await stageOf()
  const a = await stage.join()
  await a.call('open')
  await a.heard('1 up')
  await a.call('subscribe', 0, 'x')
  await a.call('subscribe', 1, 'x')
  await a.call('publish', 1, 'x', 'one')
  await a.heard('0 x one')
  const last = a.call('publish', 1, 'x', 'last')
  await a.call('close', 1)
  await last
  await a.heard('0 x last')
  await assert.rejects(a.call('close', 1), { code: 'ES_ERR_RELAY' })
  await assert.rejects(a.call('publish', 1, 'x', 'no more'), { message: 'the relay is closed' })
  await assert.rejects(a.call('subscribe', 1, 'x'), { message: 'the relay is closed' })
  const b = await stage.join()
  await b.call('publish', 0, 'x', 'from b')
  await a.heard('0 x from b')
  assert.deepEqual(a.events, ['0 up', '1 up', '0 x one', '0 x last', '0 x from b'])
})

test('a worker that is killed is missed by nobody, and one that takes its place hears what is new', async () => {
  const stage = await stageOf()
  const [a, b, c] = [await stage.join(), await stage.join(), await stage.join()]
  await b.call('subscribe', 0, 'x')
  await c.call('subscribe', 0, 'x')
  process.kill(c.pid, 'SIGKILL')
  await a.call('publish', 0, 'x', 'one')
  await c.heard('exit SIGKILL')
  await a.call('publish', 0, 'x', 'two')
  const d = await stage.join()
  await d.call('subscribe', 0, 'x')
  await a.call('publish', 0, 'x', 'three')
  await b.heard('0 x three')
  await d.heard('0 x three')
  assert.deepEqual(b.events, ['0 up', '0 x one', '0 x two', '0 x three'])
  assert.deepEqual(d.events, ['0 up', '0 x three'])
})

test('a worker that stands still costs the others nothing, and is told what it has missed when it goes on', async () => {
  const stage = new ClusterStage()
  await stage.call('serve', 4_000_000)
  const [a, b, frozen] = [await stage.join(), await stage.join(), await stage.join()]
  await b.call('subscribe', 0, 'x')
  await frozen.call('subscribe', 0, 'x')
  process.kill(frozen.pid, 'SIGSTOP')
  // b may be slow as well, and must not be behind by what the primary keeps for one that does not read.
  for (let published = 10; published <= 100; published += 10) {
    await a.call('publishBytes', 0, 'x', 10, 200_000)
    await b.heard('0 x of 200000', published)
  }
  process.kill(frozen.pid, 'SIGCONT')
  await frozen.heard('0 down: this process has not read in time, and payloads for it were dropped')
  await frozen.heard('0 up', 2)
  const missed = frozen.events.length
  assert.ok(missed < 100)
  await a.call('publish', 0, 'x', 'after')
  await frozen.heard('0 x after')
  assert.deepEqual(a.events, ['0 up'])
})

test('while the primary stands still publishing is rejected within four seconds, and goes on after it', async () => {
  const stage = await stageOf()
  const [a, b] = [await stage.join(), await stage.join()]
  await b.call('subscribe', 0, 'x')
  const outcomes = a.call('publishFor', 0, 'x', 7_000)
  await b.heard('0 x tick')
  process.kill(stage.pid, 'SIGSTOP')
  const standstill = new Promise((resolve) => setTimeout(resolve, 5_000))
  await standstill
  process.kill(stage.pid, 'SIGCONT')
  await a.heard('0 up', 2)
  assert.deepEqual(a.events, ['0 up', '0 down: the primary process did not answer within 4000 ms', '0 up'])
  assert.deepEqual(await outcomes, [
    'taken',
    'the primary process did not answer within 4000 ms',
    'the primary process is not reached',
  ])
  await a.call('publish', 0, 'x', 'after')
  await b.heard('0 x after')
})

test('messages of others, and what looks like one of the relay and is none, are passed over', async () => {
  for (const serialization of ['json', 'advanced'] as const) {
    const stage = await stageOf(serialization)
    const [a, b] = [await stage.join(), await stage.join()]
    await b.call('subscribe', 0, 'x')
    const mark = { echosessionRelay: 1 }
    const messages: unknown[] = [
      'process:msg',
      7,
      true,
      [],
      {},
      { type: 'process:msg', topic: 'x', data: {} },
      { cmd: 'NODE_UNKNOWN' },
      mark,
      { ...mark, kind: 'payloads' },
      { ...mark, kind: 'constructor', link: 'x' },
      { ...mark, kind: 'hello', link: 7 },
      { ...mark, kind: 'hello', link: 'x', names: 'x' },
      { ...mark, kind: 'hello', link: 'y', names: [] },
      { ...mark, kind: 'hello', link: 'z', names: [{}] },
      { ...mark, kind: 'publish', link: 'x', id: 1, entries: [['x', 'AAAA']] },
      { ...mark, kind: 'publish', link: 'y', id: 1, entries: [['x', 7]] },
      { ...mark, kind: 'publish', link: 'y', id: 1, entries: { length: 1e9 } },
      { ...mark, kind: 'publish', link: 'y', id: 1, entries: [['__proto__', '%%%']] },
      { ...mark, kind: 'subscribe', link: 'y', names: ['__proto__', 'constructor'] },
      { ...mark, kind: 'welcome', link: 'y', id: 1 },
      { ...mark, kind: 'bye', link: 'nobody' },
      { ...mark, echosessionRelay: 2, kind: 'bye', link: 'y' },
      { __proto__: null, ...mark, kind: 'done', link: 'y' },
    ]
    for (const message of messages) {
      await a.call('sendToPrimary', message)
      await stage.call('sendToAll', message)
    }
    await a.call('publish', 0, 'x', 'sound')
    await b.heard('0 x sound')
    assert.deepEqual(b.events, ['0 up', '0 x sound'])
    assert.deepEqual(a.events, ['0 up'])
  }
})

test('a primary that does not serve the relay is told of, and joined when it does', async () => {
  const stage = new ClusterStage()
  const worker = await stage.fork()
  await worker.call('open')
  await assert.rejects(worker.call('publish', 0, 'x', 'lost'), /./)
  const down = '0 down: the primary process did not answer within 4000 ms; it has to call serveClusterRelay'
  await worker.heard(down)
  await assert.rejects(worker.call('subscribe', 0, 'x'), { message: 'the primary process is not reached' })
  await stage.call('serve')
  await worker.heard('0 up')
  const other = await stage.join()
  await other.call('publish', 0, 'x', 'here')
  await worker.heard('0 x here')
  assert.deepEqual(worker.events, [down, '0 up', '0 x here'])
})

test('a relay that is served no more is down, and up with its subscriptions when it is served again', async () => {
  const stage = await stageOf()
  const [a, b] = [await stage.join(), await stage.join()]
  await b.call('subscribe', 0, 'x')
  await assert.rejects(stage.call('serve'), { code: 'ES_ERR_RELAY', message: /served already/ })
  await stage.call('unserve')
  await stage.call('unserve')
  const down = '0 down: the primary process does not serve the relay any more'
  await a.heard(down)
  await b.heard(down)
  await assert.rejects(a.call('publish', 0, 'x', 'lost'), { message: 'the primary process is not reached' })
  await b.call('subscribe', 0, 'y').catch(() => {})
  await b.call('unsubscribe', 0, 'x')
  await stage.call('serve')
  await a.heard('0 up', 2)
  await b.heard('0 up', 2)
  await a.call('publish', 0, 'x', 'not wanted')
  await a.call('publish', 0, 'y', 'wanted')
  await b.heard('0 y wanted')
  assert.deepEqual(b.events, ['0 up', down, '0 up', '0 y wanted'])
})

test('a worker that is disconnected ends by itself, with its relay open', async () => {
  const stage = await stageOf()
  const [a, b] = [await stage.join(), await stage.join()]
  await b.call('subscribe', 0, 'x')
  await stage.call('disconnect', b.id)
  await b.heard('exit 0')
  await a.call('publish', 0, 'x', 'to nobody')
})

test('each half says where it belongs', async () => {
  const noWorker = { code: 'ES_ERR_RELAY', message: /for workers of node:cluster, and this process is none/ }
  assert.throws(() => createClusterRelay(), noWorker)
  assert.throws(() => createClusterRelay({ prefix: 7 as never }), { code: 'ES_ERR_OPTION' })
  assert.throws(() => serveClusterRelay({ maxQueuedBytes: 0 }), { code: 'ES_ERR_OPTION' })
  const stage = new ClusterStage()
  await assert.rejects(stage.call('createRelay'), { code: 'ES_ERR_RELAY' })
  const worker = await stage.fork()
  await assert.rejects(worker.call('serve'), { code: 'ES_ERR_RELAY', message: /this is a worker/ })
})
