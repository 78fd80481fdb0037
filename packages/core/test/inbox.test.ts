import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Inbox, type InboxOwner } from '../dist/inbox.js'
import { Message } from '../dist/index.js'
import { settle } from './open-session.js'
import { createRandom, seeds } from './seeded-random.js'

const encoder = new TextEncoder()
const message = (text: string) => new Message('text', encoder.encode(text))

function exposeGarbageCollector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}

interface Gate {
  readonly promise: Promise<void>
  open(): void
}

function createGate(): Gate {
  let open = () => {}
  const promise = new Promise<void>((resolve) => {
    open = resolve
  })
  return { promise, open }
}

/** A session that notes what it is asked. */
class Owner implements InboxOwner {
  readonly log: string[] = []
  receptive = true
  answer: (message: Message) => Promise<void> | undefined = () => undefined

  deliver(received: Message): Promise<void> | undefined {
    this.log.push(received.text())
    return this.answer(received)
  }

  pressureChanged(): void {
    this.log.push('pressure')
  }

  finished(): void {
    this.log.push('finished')
  }
}

function createInbox(maxMessages = 4, maxBytes = 1_000) {
  const owner = new Owner()
  const inbox = new Inbox(owner, maxMessages, maxBytes, false)
  return { owner, inbox }
}

test('ES-2.2: nothing is delivered before the first call has returned, then everything in order', async () => {
  const { owner, inbox } = createInbox()
  const gate = createGate()
  inbox.push(message('a'))
  inbox.begin(gate.promise)
  inbox.push(message('b'))
  inbox.call(() => void owner.log.push('task'))
  await settle()
  assert.deepEqual(owner.log, [])
  gate.open()
  await settle()
  assert.deepEqual(owner.log, ['a', 'b', 'task'])
})

test('a message that finds the handler free goes straight through', () => {
  const { owner, inbox } = createInbox()
  inbox.begin(undefined)
  inbox.push(message('a'))
  assert.deepEqual(owner.log, ['a'])
})

test('ES-2.5: a message that comes from within a call waits until it has returned', () => {
  const { owner, inbox } = createInbox()
  inbox.begin(undefined)
  owner.answer = (received) => {
    if (received.text() === 'a') {
      inbox.push(message('b'))
      inbox.call(() => void owner.log.push('task'))
      owner.log.push('end of a')
    }
    return undefined
  }
  inbox.push(message('a'))
  assert.deepEqual(owner.log, ['a', 'end of a', 'b', 'task'])
})

test('ES-2.6: full is from the limit on until half of it is handled, by count', async () => {
  const { owner, inbox } = createInbox(4)
  inbox.begin(undefined)
  const gates = Array.from({ length: 6 }, createGate)
  let next = 0
  owner.answer = () => (gates[next++] as Gate).promise
  for (const text of ['0', '1', '2', '3']) inbox.push(message(text))
  assert.equal(inbox.full, false)
  inbox.push(message('4'))
  assert.equal(inbox.full, true)
  assert.deepEqual(owner.log, ['0', 'pressure'])
  for (const gate of gates.slice(0, 1)) gate.open()
  await settle()
  assert.equal(inbox.full, true)
  gates[1]?.open()
  await settle()
  assert.equal(inbox.full, false)
  assert.deepEqual(owner.log, ['0', 'pressure', '1', '2', 'pressure'])
})

test('ES-2.6: full is counted in bytes too', () => {
  const { owner, inbox } = createInbox(100, 10)
  inbox.push(message('123456789'))
  assert.equal(inbox.full, false)
  inbox.push(message('0'))
  assert.equal(inbox.full, true)
  inbox.begin(undefined)
  assert.equal(inbox.full, false)
  assert.deepEqual(owner.log, ['pressure', '123456789', '0', 'pressure'])
})

test('P6: callbacks of pings that wait count as messages do', () => {
  const { owner, inbox } = createInbox(4)
  for (let ping = 0; ping < 4; ping++) inbox.call(() => undefined)
  assert.equal(inbox.full, true)
  assert.deepEqual(owner.log, ['pressure'])
})

test('messages are held back while the peer is behind', () => {
  const { owner, inbox } = createInbox()
  inbox.begin(undefined)
  owner.receptive = false
  inbox.push(message('a'))
  inbox.push(message('b'))
  assert.deepEqual(owner.log, [])
  owner.receptive = true
  inbox.pump()
  assert.deepEqual(owner.log, ['a', 'b'])
})

test('ES-6.14, ES-7.11: what waits when this side closes is given up, and so is what comes after', () => {
  const { owner, inbox } = createInbox(2)
  inbox.push(message('a'))
  inbox.call(() => void owner.log.push('task'))
  inbox.push(message('b'))
  assert.equal(inbox.full, true)
  inbox.discard()
  assert.equal(inbox.full, false)
  inbox.call(() => void owner.log.push('late task'))
  inbox.begin(undefined)
  inbox.finish()
  assert.deepEqual(owner.log, ['pressure', 'pressure', 'finished'])
})

test('ES-6.14: what waits when the peer closes is delivered before the end', async () => {
  const { owner, inbox } = createInbox()
  const gate = createGate()
  inbox.begin(gate.promise)
  inbox.push(message('a'))
  inbox.push(message('b'))
  inbox.finish()
  await settle()
  assert.deepEqual(owner.log, [])
  gate.open()
  await settle()
  assert.deepEqual(owner.log, ['a', 'b', 'finished'])
})

test('ES-6.13: the end is told once, after the call that is running', async () => {
  const { owner, inbox } = createInbox()
  inbox.begin(undefined)
  const gate = createGate()
  owner.answer = () => gate.promise
  inbox.push(message('a'))
  inbox.finish()
  inbox.finish()
  inbox.pump()
  assert.deepEqual(owner.log, ['a'])
  gate.open()
  await settle()
  inbox.pump()
  assert.deepEqual(owner.log, ['a', 'finished'])
})

test('a session that ends from within its own call is finished after it', () => {
  const { owner, inbox } = createInbox()
  inbox.begin(undefined)
  owner.answer = () => {
    inbox.finish()
    owner.log.push('end of call')
    return undefined
  }
  inbox.push(message('a'))
  assert.deepEqual(owner.log, ['a', 'end of call', 'finished'])
})

test('far more than should wait is an overrun', () => {
  const { inbox } = createInbox(2)
  for (let count = 0; count < 128; count++) inbox.push(message('x'))
  assert.equal(inbox.overrun, false)
  inbox.push(message('x'))
  assert.equal(inbox.overrun, true)
})

test('a message that was handled is not held on to while others wait', async () => {
  const { owner, inbox } = createInbox(1_000, 1_000_000)
  let reference: WeakRef<Message> | undefined
  const fill = () => {
    const first = message('first')
    reference = new WeakRef(first)
    inbox.push(first)
    for (let count = 0; count < 100; count++) inbox.push(message('x'))
  }
  fill()
  const gate = createGate()
  owner.answer = () => gate.promise
  inbox.begin(undefined)
  gate.open()
  owner.answer = () => new Promise(() => {})
  await settle()
  const collect = exposeGarbageCollector()
  for (let turn = 0; turn < 5 && reference?.deref() !== undefined; turn++) {
    await new Promise((resolve) => setImmediate(resolve))
    collect()
  }
  assert.equal(reference?.deref(), undefined)
})

test('ES-2.10: several reads at once are answered in order', async () => {
  const owner = new Owner()
  const inbox = new Inbox(owner, 4, 100, true)
  inbox.begin(new Promise(() => {}))
  const reads = [inbox.next(), inbox.next(), inbox.next()]
  inbox.push(message('a'))
  inbox.push(message('b'))
  inbox.discard()
  const results = await Promise.all(reads)
  assert.deepEqual(
    results.map(({ value }) => value?.text()),
    ['a', 'b', undefined],
  )
  assert.equal((await inbox.next()).done, true)
})

test('ES-2.12: a read loop gets what waits when the peer closes, and then ends', async () => {
  const owner = new Owner()
  const inbox = new Inbox(owner, 4, 100, true)
  const loop = createGate()
  inbox.begin(loop.promise)
  inbox.push(message('a'))
  inbox.push(message('b'))
  inbox.finish()
  assert.equal((await inbox.next()).value?.text(), 'a')
  assert.equal((await inbox.next()).value?.text(), 'b')
  assert.equal((await inbox.next()).done, true)
  assert.deepEqual(owner.log, [])
  loop.open()
  await settle()
  assert.deepEqual(owner.log, ['finished'])
})

for (const seed of seeds(25)) {
  for (const pulling of [false, true]) {
    test(`ES-2.5: a random history is handled one at a time, in order, none lost, by ${pulling ? 'a loop' : 'callbacks'} (seed ${seed})`, async () => {
      const random = createRandom(seed)
      const handled: string[] = []
      const expected: string[] = []
      let running = 0
      let ended = 0
      let pressures = 0
      const work = (label: string, isTask: boolean): Promise<void> | undefined => {
        assert.equal(running, 0, 'two calls at once')
        assert.equal(ended, 0, 'a call after the end')
        handled.push(label)
        // A loop's own work is awaited by the loop, not by the inbox.
        if (random.chance(0.5) || (pulling && isTask)) return undefined
        running++
        const turns = random.below(4)
        return (async () => {
          for (let turn = 0; turn < turns; turn++) await Promise.resolve()
          running--
        })()
      }
      const owner: InboxOwner = {
        receptive: true,
        deliver: (received) => work(received.text(), false),
        pressureChanged: () => {
          pressures++
          assert.equal(inbox.full, pressures % 2 === 1, 'pressure told without a change')
        },
        finished: () => {
          ended++
          assert.equal(running, 0)
        },
      }
      const inbox: Inbox = new Inbox(owner, 1 + random.below(5), 10 + random.below(40), pulling)
      const reader = async () => {
        for (;;) {
          const { done, value } = await inbox.next()
          if (done) return
          await work(value.text(), false)
        }
      }
      let began = false
      const begin = () => {
        if (began) return
        began = true
        inbox.begin(pulling ? reader() : work('open', false))
        if (!pulling) expected.unshift('open')
      }
      for (let count = 0; count < 200; count++) {
        const action = random.next()
        if (action < 0.6) {
          const label = `${count}${'.'.repeat(random.below(8))}`
          expected.push(label)
          inbox.push(message(label))
        } else if (action < 0.75 && !pulling) {
          expected.push(`task ${count}`)
          inbox.call(() => work(`task ${count}`, true))
        } else if (action < 0.8) begin()
        else for (let turn = random.below(6); turn > 0; turn--) await Promise.resolve()
      }
      begin()
      inbox.finish()
      for (let turn = 0; turn < 3_000 && ended === 0; turn++) await Promise.resolve()
      assert.equal(ended, 1)
      assert.deepEqual(handled, expected)
      assert.equal(inbox.full, false)
      assert.equal(pressures % 2, 0)
    })
  }
}
