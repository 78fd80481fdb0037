import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { encodeFrame, Opcode } from '@echosession/probe'
import { WebSocketServer } from 'ws'
import { LanePort } from '../dist/lane-port.js'
import { replayed } from '../dist/replayed-request.js'
import { quietSink } from './quiet-sink.js'
import { TestSocket } from './test-socket.js'

const server = new WebSocketServer({ noServer: true, clientTracking: false, autoPong: false })
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
const MANY = 8

const sockets: TestSocket[] = []

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
})

/** A session that answers each message with the same text, unless it is to keep silent. */
function open(answering: () => void = () => {}, isSilent = false, settle = () => {}) {
  const socket = new TestSocket()
  sockets.push(socket)
  const port = new LanePort({ server, handshake: replayed(), maxMessageBytes: 1_024, carried: false }, socket)
  const sink = quietSink((payload, type) => {
    answering()
    if (!isSilent) port.send(payload as Buffer, type)
  })
  port.connect({ ...sink, settle }, Buffer.alloc(0))
  const read = (text: string) => port.read(encodeFrame(Opcode.text, text))
  /** What it has answered since this was last asked. */
  const answers = () => {
    const all = Buffer.concat(socket.written.splice(0)).toString('latin1')
    return all.replaceAll(/\x81./g, '')
  }
  return { port, read, answers }
}

type Opened = ReturnType<typeof open>

/** Lets turns with as many answers go by until they are gathered. */
async function becomeMany(all: readonly Opened[]): Promise<void> {
  for (let count = 0; count < 200; count++) {
    for (const { read } of all) read('x')
    const last = all.at(-1)?.answers()
    await turn()
    for (const { answers } of all) answers()
    if (last === '') return
  }
  assert.fail('they were never gathered')
}

/** Has an answer gathered; another, when the machine stood still for so long that the first has left already. */
function gatherOne({ read, answers }: Opened, text: string): void {
  for (let count = 0; count < 50; count++) {
    read(text)
    if (answers() === '') return
  }
  assert.fail('it was never gathered')
}

/** Lets a turn with a single answer go by. */
async function becomeFew(): Promise<void> {
  open().read('x')
  await turn()
}

test('where many are answered in a turn, all are read from before the first answer leaves, each in its order', async () => {
  const all = Array.from({ length: MANY }, () => open())
  let gathered = 0
  // On a busy machine a turn may take longer than an answer waits.
  for (let count = 0; count < 50; count++) {
    await becomeMany(all)
    for (const [index, { read }] of all.entries()) {
      read(`a${index}`)
      read(`b${index}`)
    }
    const early = all.map(({ answers }) => answers())
    if (early.every((text) => text === '')) gathered++
    await turn()
    assert.deepEqual(
      all.map(({ answers }, index) => early[index] + answers()),
      all.map((_, index) => `a${index}b${index}`),
    )
  }
  assert.ok(gathered > 0)
  await becomeFew()
})

test('where few are, each answer leaves with the read that brought it about', async () => {
  const all = Array.from({ length: MANY }, () => open())
  await becomeMany(all)
  await becomeFew()
  const [first, second] = all as [Opened, Opened]
  for (let count = 0; count < 300; count++) {
    first.read('one')
    assert.equal(first.answers(), 'one')
    second.read('two')
    assert.equal(second.answers(), 'two')
    await turn()
  }
})

test('six answers in a turn are many, five are not', async () => {
  const six = Array.from({ length: 6 }, () => open())
  const five = six.slice(1)
  for (let count = 0; count < 200; count++) {
    for (const { read } of five) read('x')
    assert.deepEqual(
      five.map(({ answers }) => answers()),
      five.map(() => 'x'),
    )
    await turn()
  }
  await becomeMany(six)
  await becomeFew()
})

test('answers leave when a read ends a millisecond after the first began to wait, whatever it brought about', async () => {
  const all = Array.from({ length: MANY }, () => open())
  const [first, room] = all as [Opened, Opened]
  let begun = 0
  const delay = () => {
    while (performance.now() - begun < 2);
  }
  const slow = open(delay)
  const silent = open(delay, true)
  const ends: [string, () => void, string][] = [
    ['an answer of its own', () => slow.read('slow'), 'first'],
    ['no answer', () => silent.read('slow'), 'first'],
    ['a message to another', () => silent.read('slow'), 'firstnews'],
  ]
  for (const [what, readLate, expected] of ends) {
    await becomeMany(all)
    gatherOne(first, 'first')
    begun = performance.now()
    if (expected !== 'first') room.port.send(Buffer.from('news'), 'text')
    readLate()
    assert.equal(first.answers() + room.answers(), expected, what)
    slow.answers()
  }
  await becomeFew()
})

test('what core has kept leaves with the answers that have waited long enough, and is not asked for by other reads', async () => {
  const all = Array.from({ length: MANY }, () => open())
  const [first, room] = all as [Opened, Opened]
  let begun = 0
  let settled = 0
  const settle = () => {
    settled++
    room.port.send(Buffer.from('kept'), 'text')
  }
  const delay = () => {
    while (performance.now() - begun < 2);
  }
  const quick = open(() => {}, true, settle)
  const slow = open(delay, true, settle)
  await becomeMany(all)
  quick.read('nothing waits')
  assert.equal(settled, 0)
  gatherOne(first, 'first')
  begun = performance.now()
  slow.read('slow')
  assert.equal(settled, 1)
  assert.deepEqual([first.answers(), room.answers()], ['first', 'kept'])
  await becomeFew()
})

test('what is gathered counts as waiting, and leaves before a close frame and with the end', async () => {
  const all = Array.from({ length: MANY }, () => open())
  await becomeMany(all)
  const [closing, cut] = all as [Opened, Opened]
  closing.read('last')
  assert.equal(closing.port.bufferedBytes, 6)
  closing.port.close(1000, '')
  assert.equal(closing.answers(), 'last\x88\x02\x03\xe8')
  cut.read('last')
  cut.port.terminate()
  assert.equal(cut.answers(), 'last')
  await becomeFew()
})
