import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Asker,
  chunksOf,
  decodeEnvelope,
  type Envelope,
  encodeEnvelope,
  type Mark,
} from '../dist/relay-envelope.js'
import { createRandom, type SeededRandom, seeds } from './seeded-random.js'

const PUBLISHER = '00ff0a1b2c3d4e5f60718293'
const LAST_PLACE = { generation: 2 ** 32 - 1, sequence: 2 ** 48 - 1 }
const MUTATIONS = 200_000
/** Where the fields of an envelope begin. */
const AT = { version: 1, kind: 2, rest: 15, type: 25, rooms: 30 }

const bytesOf = (text: string) => new TextEncoder().encode(text)
const mark = (channel: string, generation: number, sequence: number, ageMs = 0): Mark => ({
  channel,
  generation,
  sequence,
  ageMs,
})
const askersOf = (count: number): Asker[] =>
  Array.from({ length: count }, (_, at) => ({ publisher: PUBLISHER, askedAt: 2 ** 48 - 1 - at }))

function messageOf(fields: Partial<Extract<Envelope, { kind: 'message' }>> = {}): Envelope {
  return {
    kind: 'message',
    publisher: PUBLISHER,
    generation: 1,
    sequence: 1,
    type: 'text',
    copyId: 0,
    selection: { rooms: ['x'], exceptRooms: [] },
    key: undefined,
    payload: bytesOf('hello'),
    ...fields,
  }
}

const signalOf = (payload: Uint8Array): Envelope => ({
  kind: 'signal',
  publisher: PUBLISHER,
  generation: 3,
  sequence: 2 ** 32,
  payload,
})

const marksOf = (marks: readonly Mark[], askers: readonly Asker[] = []): Envelope => ({
  kind: 'marks',
  publisher: PUBLISHER,
  marks,
  askers,
})
const syncOf = (channels: readonly string[] | undefined, askedAt = 0): Envelope => ({
  kind: 'sync',
  publisher: PUBLISHER,
  askedAt,
  channels,
})

const NAMES = ['x', ' ', '\0', '\u{feff}bom', '__proto__', 'u\u0308', '\u{1f600}'.repeat(512)]
const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, byte) => byte)

const ENVELOPES: readonly Envelope[] = [
  messageOf(),
  messageOf({ ...LAST_PLACE, copyId: 2 ** 32 - 1, type: 'binary', payload: EVERY_BYTE }),
  messageOf({ selection: { rooms: undefined, exceptRooms: [] }, payload: new Uint8Array(0) }),
  messageOf({ selection: { rooms: [], exceptRooms: [''] }, key: '' }),
  messageOf({ selection: { rooms: NAMES, exceptRooms: NAMES }, key: '\u{1f600}'.repeat(512) }),
  messageOf({ payload: bytesOf('\u{feff}\0na\u00efve \u{1f600}'), key: 'price' }),
  signalOf(EVERY_BYTE),
  signalOf(new Uint8Array(0)),
  marksOf([]),
  marksOf([mark('all', 1, 1, 2 ** 32 - 2), { ...mark('room:x', 0, 0), ...LAST_PLACE }, mark('', 0, 0)]),
  marksOf([mark('x', 1, 1, Number.POSITIVE_INFINITY)], askersOf(2)),
  marksOf([], askersOf(1)),
  syncOf(undefined),
  syncOf([], 2 ** 48 - 1),
  syncOf(NAMES, 2 ** 32),
]

/** The bytes of an envelope, with one of them changed. */
function changed(envelope: Envelope, at: number, byte: number): Uint8Array {
  const bytes = encodeEnvelope(envelope).slice()
  bytes[at] = byte
  return bytes
}

/** Writes a name as an envelope has it. */
function nameOf(bytes: Uint8Array, length = bytes.length): number[] {
  return [length >> 8, length & 0xff, ...bytes]
}

/** A message whose bytes from its rooms on are these. */
function messageWith(...bytes: number[]): Uint8Array {
  return Uint8Array.of(...encodeEnvelope(messageOf()).subarray(0, AT.rooms), ...bytes)
}

/** Marks that answer nobody, whose bytes from their count on are these. */
function marksWith(...bytes: number[]): Uint8Array {
  return Uint8Array.of(...encodeEnvelope(marksOf([])).subarray(0, AT.rest), 0, 0, ...bytes)
}

test('every envelope is read as it was written', () => {
  for (const envelope of ENVELOPES) assert.deepEqual(decodeEnvelope(encodeEnvelope(envelope)), envelope)
})

test('an envelope is read where it stands among other bytes', () => {
  for (const envelope of ENVELOPES) {
    const bytes = encodeEnvelope(envelope)
    const around = new Uint8Array(bytes.length + 20).fill(0xaa)
    around.set(bytes, 7)
    assert.deepEqual(decodeEnvelope(around.subarray(7, 7 + bytes.length)), envelope)
  }
})

test('a message of any length is written and read whole', () => {
  for (const length of [0, 1, 100, ...Array.from({ length: 600 }, (_, at) => at), 65_536, 16_777_216]) {
    const payload = new Uint8Array(length)
    for (let at = 0; at < length; at += 4_093) payload[at] = 1 + (at % 251)
    payload[length - 1] = 7
    const read = decodeEnvelope(encodeEnvelope(messageOf({ type: 'binary', payload })))
    assert.ok(read?.kind === 'message')
    assert.ok(Buffer.from(payload).equals(read.payload), `${length} bytes`)
    assert.deepEqual(read.selection.rooms, ['x'])
  }
})

test('as many rooms as a message may go to are read, and no more', () => {
  const rooms = Array.from({ length: 64 }, (_, at) => `${at}`)
  const full = messageOf({ selection: { rooms, exceptRooms: rooms } })
  assert.deepEqual(decodeEnvelope(encodeEnvelope(full)), full)
  const more = [...rooms, '64']
  for (const selection of [
    { rooms: more, exceptRooms: [] },
    { rooms: undefined, exceptRooms: more },
  ]) {
    assert.equal(decodeEnvelope(encodeEnvelope(messageOf({ selection }))), undefined)
  }
})

test('names are read up to the length that can be written', () => {
  const longest = 'x'.repeat(65_534)
  const envelope = messageOf({ selection: { rooms: [longest], exceptRooms: [longest] }, key: longest })
  assert.deepEqual(decodeEnvelope(encodeEnvelope(envelope)), envelope)
})

test('1,024 marks, askers and channels are read, and no more', () => {
  const lists = (length: number) => [
    marksOf(Array.from({ length }, (_, at) => mark(`room:${at}`, at, at))),
    marksOf([], askersOf(length)),
    syncOf(Array.from({ length }, (_, at) => `${at}`)),
  ]
  for (const list of lists(1_024)) assert.deepEqual(decodeEnvelope(encodeEnvelope(list)), list)
  for (const list of lists(1_025)) assert.equal(decodeEnvelope(encodeEnvelope(list)), undefined)
})

test('an age of more than 49 days is Infinity', () => {
  const read = decodeEnvelope(encodeEnvelope(marksOf([mark('x', 1, 1, 2 ** 40)])))
  assert.deepEqual(read, marksOf([mark('x', 1, 1, Number.POSITIVE_INFINITY)]))
})

test('what is cut off before its payload is no envelope', () => {
  for (const envelope of ENVELOPES) {
    const bytes = encodeEnvelope(envelope)
    const length = bytes.length - ('payload' in envelope ? envelope.payload.length : 0)
    for (let end = 0; end < length; end++) {
      assert.equal(decodeEnvelope(bytes.subarray(0, end)), undefined, `${envelope.kind}, ${end} bytes`)
    }
  }
})

test('another mark, version, kind or type is no envelope', () => {
  const valid = { 0: [0xe5], [AT.version]: [1], [AT.kind]: [0, 1, 2, 3], [AT.type]: [0, 1] }
  for (const [at, known] of Object.entries(valid)) {
    for (let byte = 0; byte < 256; byte++) {
      if (known.includes(byte)) continue
      assert.equal(decodeEnvelope(changed(messageOf(), Number(at), byte)), undefined, `${byte} at ${at}`)
    }
  }
})

test('names that are missing, too long for the envelope, or no text make it none', () => {
  const x = nameOf(bytesOf('x'))
  const none = [0xff, 0xff]
  const lone = nameOf(Uint8Array.of(0xed, 0xa0, 0x80))
  const half = nameOf(Uint8Array.of(0xe2, 0x82))
  const long = nameOf(bytesOf('x'), 500)
  assert.notEqual(decodeEnvelope(messageWith(1, ...x, 1, ...x, ...x)), undefined, 'as it should be')
  for (const wrong of [lone, half, long]) {
    assert.equal(decodeEnvelope(messageWith(1, ...wrong, 0, ...none)), undefined, 'a room')
    assert.equal(decodeEnvelope(messageWith(0, 1, ...wrong, ...none)), undefined, 'a room that is left out')
    assert.equal(decodeEnvelope(messageWith(0, 0, ...wrong)), undefined, 'a key')
    assert.equal(
      decodeEnvelope(marksWith(0, 1, ...wrong, ...new Array<number>(14).fill(0))),
      undefined,
      'a mark',
    )
  }
  assert.equal(decodeEnvelope(messageWith(1, ...none, 0, ...none)), undefined, 'no name of a room')
  assert.equal(decodeEnvelope(messageWith(0, 1, ...none, ...none)), undefined, 'no name of a room left out')
  assert.equal(
    decodeEnvelope(marksWith(0, 1, ...none, ...new Array<number>(14).fill(0))),
    undefined,
    'no channel',
  )
})

test('text that is not UTF-8 is no envelope, and the next one is read as ever', () => {
  for (const payload of [[0xff], [0xc0, 0x80], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]]) {
    const bytes = encodeEnvelope(messageOf({ payload: Uint8Array.from(payload) }))
    assert.equal(decodeEnvelope(bytes), undefined, `${payload}`)
    assert.deepEqual(decodeEnvelope(encodeEnvelope(messageOf())), messageOf())
    const binary = messageOf({ type: 'binary', payload: Uint8Array.from(payload) })
    assert.deepEqual(decodeEnvelope(encodeEnvelope(binary)), binary)
  }
})

test('bytes behind marks or a request for them make it no envelope', () => {
  for (const envelope of [syncOf(undefined), syncOf(['x']), marksOf([]), marksOf([mark('all', 1, 1)])]) {
    assert.equal(decodeEnvelope(Uint8Array.of(...encodeEnvelope(envelope), 0)), undefined)
  }
})

test('everybody cannot be left out: what says so leaves out nobody', () => {
  const nobody = messageOf({ selection: { rooms: undefined, exceptRooms: [] } })
  const bytes = changed(nobody, AT.rooms + 1, 0xff)
  assert.deepEqual(decodeEnvelope(bytes), nobody)
})

test('marks and channels are split so that each part is read and any engine takes it, and none is lost', () => {
  const many = Array.from({ length: 5_000 }, (_, at) => mark(`${at}`, at, at))
  const long = Array.from({ length: 100 }, (_, at) => mark(`room:${'\u8a9e'.repeat(1_000)}${at}`, 1, at))
  for (const marks of [[], [mark('x', 1, 1)], many.slice(0, 1_024), many.slice(0, 1_025), many, long]) {
    const chunks = [...chunksOf(marks)]
    assert.deepEqual(chunks.flat(), marks)
    for (const chunk of chunks) {
      assert.ok(chunk.length > 0)
      const envelope = marksOf(chunk, askersOf(1_024))
      const bytes = encodeEnvelope(envelope)
      assert.ok(bytes.length <= 65_536, `${bytes.length} bytes`)
      assert.deepEqual(decodeEnvelope(bytes), envelope)
    }
    const channels = marks.map(({ channel }) => channel)
    assert.deepEqual(
      [...chunksOf(channels)].map(({ length }) => length),
      chunks.map(({ length }) => length),
    )
    assert.deepEqual([...chunksOf(channels)].flat(), channels)
  }
  assert.equal([...chunksOf(many.slice(0, 1_024))].length, 1)
  assert.equal([...chunksOf(many.slice(0, 1_025))].length, 2)
})

const joined = (...parts: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(parts))
const TELLING_BYTES = [0x00, 0x01, 0x02, 0x03, 0x40, 0x41, 0x7f, 0x80, 0xe5, 0xfe, 0xff]

/** Changes the bytes of an envelope, as a broken or a hostile sender might. */
function mutate(random: SeededRandom, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  // Mostly where the fields are, not in a long name.
  const at = random.below(random.chance(0.7) ? Math.min(bytes.length, 60) : bytes.length)
  switch (random.below(6)) {
    case 0:
      return bytes.subarray(0, at)
    case 1:
      return joined(bytes.subarray(0, at), other.subarray(random.below(other.length)))
    case 2:
      return joined(bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(4)))
    case 3:
      return joined(bytes.subarray(0, at), Uint8Array.of(random.below(256)), bytes.subarray(at))
    default: {
      const copy = bytes.slice()
      copy[at] = random.chance(0.5) ? random.below(256) : random.pick(TELLING_BYTES)
      return copy
    }
  }
}

for (const seed of seeds(1)) {
  test(`whatever ${MUTATIONS} changed envelopes say, nothing throws, and what is read means what it says (seed ${seed})`, () => {
    const random = createRandom(seed)
    const all = ENVELOPES.map(encodeEnvelope)
    let read = 0
    for (let round = 0; round < MUTATIONS; round++) {
      let bytes = random.pick(all)
      for (let times = random.below(3); times >= 0 && bytes.length > 0; times--) {
        bytes = mutate(random, bytes, random.pick(all))
      }
      const envelope = decodeEnvelope(bytes)
      if (envelope === undefined) continue
      read++
      const again = encodeEnvelope(envelope)
      if (Buffer.compare(bytes, again) === 0) continue
      // Only that everybody is left out can be written in another way.
      assert.equal(again.length, bytes.length)
      assert.equal(
        again.filter((byte, at) => byte !== bytes[at]).join(),
        '0',
        Buffer.from(bytes).toString('hex'),
      )
      assert.deepEqual(decodeEnvelope(again), envelope)
    }
    assert.ok(read > MUTATIONS / 10 && read < MUTATIONS * 0.9, `${read} were read`)
  })
}
