import assert from 'node:assert/strict'
import type { LogEntry, LogPosition, LogStore } from '@echosession/core'
import type { LogClause } from './log-clause.js'

const LIMITS = { maxMessages: 1_000, maxAgeMs: 600_000 }
const NAMES = [
  'news',
  'News',
  'a b',
  'a.b',
  'a*',
  '>',
  '}',
  '{x}',
  '__proto__',
  'ä',
  '房间',
  '\n',
  ':',
  '%41',
  'A',
]

const bytes = (text: string) => new TextEncoder().encode(text)
const texts = (entries: readonly LogEntry[]) =>
  entries.map(({ payload }) => new TextDecoder().decode(payload))

async function appendAll(store: LogStore, room: string, all: readonly string[], limits = LIMITS) {
  const positions: LogPosition[] = []
  for (const text of all) positions.push(await store.append(room, bytes(text), limits))
  return positions
}

/** What a store must do. */
export const LOG_STORE: readonly LogClause[] = [
  {
    id: 'LG-1.1',
    title: 'entries are read as they were added, byte for byte, in the order in which they were',
    async check(stand) {
      const store = await stand.store()
      const { position } = await store.read('x', undefined, 10, LIMITS)
      const every = Uint8Array.from({ length: 256 }, (_, value) => value)
      const large = new Uint8Array(100_000).fill(7)
      const all = [every, new Uint8Array(0), large, bytes('text')]
      for (const payload of all) await store.append('x', payload, LIMITS)
      const { complete, entries } = await store.read('x', position, 10, LIMITS)
      assert.equal(complete, true)
      assert.deepEqual(
        entries.map(({ payload }) => Buffer.from(payload).toString('hex')),
        all.map((payload) => Buffer.from(payload).toString('hex')),
      )
    },
  },
  {
    id: 'LG-1.2',
    title: 'offsets grow, and without a position a page says where the newest entry stands',
    async check(stand) {
      const store = await stand.store()
      const before = await store.read('x', undefined, 10, LIMITS)
      const positions = await appendAll(store, 'x', ['1', '2', '3'])
      const offsets = [before.position, ...positions].map(({ offset }) => offset)
      assert.deepEqual(
        offsets,
        [...new Set(offsets)].sort((a, b) => a - b),
      )
      assert.ok(positions.every(({ epoch }) => epoch === before.position.epoch))
      const now = await store.read('x', undefined, 10, LIMITS)
      assert.deepEqual(now.position, positions.at(-1))
      assert.deepEqual(now.entries, [])
    },
  },
  {
    id: 'LG-1.3',
    title: 'a page has at most as many entries as are asked for, the oldest of them',
    async check(stand) {
      const store = await stand.store()
      const [first] = await appendAll(store, 'x', ['1', '2', '3', '4', '5'])
      const page = await store.read('x', first, 2, LIMITS)
      assert.deepEqual(texts(page.entries), ['2', '3'])
      const after = { epoch: page.position.epoch, offset: page.entries.at(-1)?.offset ?? -1 }
      assert.deepEqual(texts((await store.read('x', after, 10, LIMITS)).entries), ['4', '5'])
      assert.deepEqual(await store.read('x', page.position, 10, LIMITS), { ...page, entries: [] })
    },
  },
  {
    id: 'LG-1.4',
    title: 'of a room maxMessages entries are kept, and a position whose successor is gone is not complete',
    async check(stand) {
      const store = await stand.store()
      const limits = { ...LIMITS, maxMessages: 3 }
      const positions = await appendAll(store, 'x', ['1', '2', '3', '4', '5'], limits)
      for (const [index, position] of positions.entries()) {
        const { complete, entries } = await store.read('x', position, 10, limits)
        assert.equal(complete, index >= 1, `after ${index + 1}`)
        assert.deepEqual(texts(entries), index >= 1 ? ['2', '3', '4', '5'].slice(index) : [])
      }
    },
  },
  {
    id: 'LG-1.5',
    title: 'an entry goes at maxAgeMs, and a position before it is not complete any more',
    async check(stand) {
      const store = await stand.store()
      const limits = { ...LIMITS, maxAgeMs: 1_000 }
      const [first, second] = await appendAll(store, 'x', ['1', '2'], limits)
      await stand.until(
        async () => !(await store.read('x', first, 10, limits)).complete,
        'the end of an entry by its age',
      )
      const { complete, entries, position } = await store.read('x', second, 10, limits)
      // The room may have been forgotten with its last entry; then it is another epoch.
      assert.equal(complete, position.epoch === second?.epoch)
      assert.deepEqual(entries, [])
    },
  },
  {
    id: 'LG-1.6',
    title: 'an engine that was emptied begins another epoch',
    needs: ['empty'],
    async check(stand) {
      const store = await stand.store()
      const positions = await appendAll(store, 'x', ['1', '2', '3'])
      await stand.empty()
      const { complete, entries, position } = await store.read('x', positions[0], 10, LIMITS)
      assert.equal(complete, false)
      assert.deepEqual(entries, [])
      assert.notEqual(position.epoch, positions[0]?.epoch)
      const [again] = await appendAll(store, 'x', ['4'])
      assert.equal(again?.epoch, position.epoch)
      assert.deepEqual(texts((await store.read('x', position, 10, LIMITS)).entries), ['4'])
    },
  },
  {
    id: 'LG-1.7',
    title: 'a position of another epoch, or one that does not exist yet, is not complete',
    async check(stand) {
      const store = await stand.store()
      const [position] = await appendAll(store, 'x', ['1'])
      const { epoch = '', offset = 0 } = position ?? {}
      for (const wrong of [
        { epoch: 'another', offset },
        { epoch: '', offset },
        { epoch, offset: offset + 1_000 },
        { epoch, offset: Number.MAX_SAFE_INTEGER },
      ]) {
        const page = await store.read('x', wrong, 10, LIMITS)
        assert.deepEqual([page.complete, page.entries.length], [false, 0], JSON.stringify(wrong))
        assert.deepEqual(page.position, position)
      }
    },
  },
  {
    id: 'LG-1.8',
    title: 'rooms are apart, whatever they are called',
    async check(stand) {
      const store = await stand.store()
      const before = new Map<string, LogPosition>()
      for (const name of NAMES) before.set(name, (await store.read(name, undefined, 1, LIMITS)).position)
      for (const name of NAMES) await store.append(name, bytes(name), LIMITS)
      for (const name of NAMES) {
        const { complete, entries } = await store.read(name, before.get(name), 10, LIMITS)
        assert.equal(complete, true)
        assert.deepEqual(texts(entries), [name])
      }
    },
  },
  {
    id: 'LG-1.9',
    title: 'what several processes add at once is there once, and what each adds is in its order',
    async check(stand) {
      const stores = [await stand.store(), await stand.store(), await stand.store()]
      const [reader] = stores as [LogStore]
      const { position } = await reader.read('x', undefined, 1, LIMITS)
      const all = stores.flatMap((store, index) =>
        Array.from({ length: 50 }, (_, at) => store.append('x', bytes(`${index}.${at}`), LIMITS)),
      )
      const positions = await Promise.all(all)
      assert.equal(new Set(positions.map(({ offset }) => offset)).size, 150)
      const { entries } = await reader.read('x', position, 1_000, LIMITS)
      for (const index of stores.keys()) {
        const own = texts(entries).filter((text) => text.startsWith(`${index}.`))
        assert.deepEqual(
          own,
          Array.from({ length: 50 }, (_, at) => `${index}.${at}`),
        )
      }
    },
  },
  {
    id: 'LG-1.10',
    title: 'while the engine is away an append rejects; what it had acknowledged is there when it is back',
    needs: ['interrupt'],
    async check(stand) {
      const store = await stand.store()
      const positions = await appendAll(store, 'x', ['1', '2'])
      await stand.interrupt()
      await stand.until(
        async () =>
          store.append('x', bytes('lost'), LIMITS).then(
            () => false,
            () => true,
          ),
        'an append that rejects',
      )
      await stand.restore()
      const page = await stand.soon(() => store.read('x', positions[0], 10, LIMITS))
      assert.equal(page.complete, true)
      assert.equal(texts(page.entries)[0], '2')
      await stand.soon(() => store.append('x', bytes('3'), LIMITS))
      const { entries } = await store.read('x', positions[1], 10, LIMITS)
      assert.equal(texts(entries).at(-1), '3')
    },
  },
]
