import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSessions, EchoSessionError, type Observer } from '../dist/index.js'
import { Observers } from '../dist/observer.js'
import { settle, startSession } from './open-session.js'

test('ES-9.7: every observer is told until its function is called, one that was added twice as well', () => {
  const observers = new Observers()
  const lags: number[] = []
  const observer: Observer = { onLag: (lagMs) => void lags.push(lagMs) }
  const first = observers.add(observer)
  const second = observers.add(observer)
  observers.tell('onLag', 1)
  first()
  first()
  observers.tell('onLag', 2)
  second()
  observers.tell('onLag', 3)
  assert.deepEqual(lags, [1, 1, 2])
})

test('an error of a connection is made once when somebody listens to errors, and not at all when nobody does', () => {
  const observers = new Observers()
  const { session } = startSession({})
  const error = new EchoSessionError('ES_ERR_TRANSPORT', 'lost')
  let made = 0
  const make = () => {
    made++
    return error
  }
  observers.add({ onLag: () => {} })
  observers.tellTransportError(make, session)
  assert.equal(made, 0)
  const told: unknown[] = []
  for (const name of ['first', 'second']) {
    observers.add({ onError: (...args) => void told.push([name, ...args]) })
  }
  observers.tellTransportError(make, session)
  assert.equal(made, 1)
  assert.deepEqual(told, [
    ['first', error, 'transport', session],
    ['second', error, 'transport', session],
  ])
})

test('ES-9.8: an observer that throws, or whose callback cannot even be read, changes nothing for the others', () => {
  const told: string[] = []
  const fail = () => {
    throw new Error('boom')
  }
  const sessionsLog: Observer = {
    onOpen: () => void told.push('open'),
    onClose: () => void told.push('close'),
    onError: () => void told.push('error'),
  }
  const hostile: readonly Observer[] = [
    { onOpen: fail, onClose: fail, onError: fail, onReject: fail, onDrop: fail, onLag: fail },
    new Proxy({}, { get: fail }),
    { onOpen: 5, onClose: {}, onError: 'x' } as unknown as Observer,
  ]
  for (const observer of hostile) {
    const opened = startSession(
      {
        message: () => {
          throw new Error('handler')
        },
      },
      { observer },
    )
    opened.sessions.observe(sessionsLog)
    opened.receive('x')
    opened.sink.closed(1011, '')
    assert.equal(opened.session.state, 'closed')
    opened.clock.jump(10_000)
  }
  assert.deepEqual(told, ['error', 'close', 'error', 'close', 'error', 'close'])
})

test('ES-9.8: an observer that answers with a rejection is ignored too', async () => {
  const stray: unknown[] = []
  const hear = (error: unknown) => void stray.push(error)
  process.on('unhandledRejection', hear)
  const observer = {
    onOpen: () => Promise.reject(new Error('boom')),
    onClose: async () => assert.fail('boom'),
  }
  const { sink } = startSession({}, { observer })
  sink.closed(1000, '')
  await settle()
  await new Promise((resolve) => setImmediate(resolve))
  process.removeListener('unhandledRejection', hear)
  assert.deepEqual(stray, [])
})

test('an observer that comes while an event is told hears the next one', () => {
  const observers = new Observers()
  let told = 0
  observers.add({
    onLag: () => {
      observers.add({ onLag: () => void told++ })
    },
  })
  observers.tell('onLag', 1)
  assert.equal(told, 0)
  observers.tell('onLag', 1)
  assert.equal(told, 1)
})

test('ES-9.5: onOpen comes before open and onClose before close, each once, with the session', () => {
  const log: string[] = []
  const { sink } = startSession(
    { open: () => void log.push('open'), close: () => void log.push('close') },
    {
      observer: {
        onOpen: (session) => void log.push(`onOpen ${session.id}`),
        onClose: (session, { code }) => void log.push(`onClose ${session.id} ${code}`),
      },
    },
  )
  sink.closed(1000, '')
  assert.deepEqual(log, ['onOpen 1', 'open', 'onClose 1 1000', 'close'])
})

test('ES-9.4: what counters returns is a copy, whose maps have no prototype to trip over', () => {
  const sessions = createSessions()
  const counters = sessions.counters()
  counters.opened = 99
  counters.closedByCode['1000'] = 99
  assert.equal(sessions.counters().opened, 0)
  assert.deepEqual({ ...sessions.counters().closedByCode }, {})
})

test('ES-9.1, ES-9.2: counters follow a session through its life', () => {
  const opened = startSession({ message: (session, message) => session.send(message) })
  opened.receive('abc')
  opened.receive('de')
  const during = opened.sessions.counters()
  assert.deepEqual(
    [during.active, during.opened, during.messagesIn, during.bytesIn, during.messagesOut, during.bytesOut],
    [1, 1, 2, 5, 2, 5],
  )
  opened.sink.closed(1001, '')
  const after = opened.sessions.counters()
  assert.deepEqual(
    [after.active, after.opened, after.closed, { ...after.closedByCode }],
    [0, 1, 1, { 1001: 1 }],
  )
})

test('ES-9.10: rttMs is the mean of the sessions that have one', () => {
  const opened = startSession({}, { heartbeatIntervalMs: 1_000 })
  assert.equal(opened.sessions.counters().rttMs, 0)
  while (opened.port.pings.length === 0) opened.clock.advance(1)
  opened.clock.advance(20)
  opened.sink.pong(opened.port.pings[0] as Uint8Array)
  assert.equal(opened.sessions.counters().rttMs, 20)
})
