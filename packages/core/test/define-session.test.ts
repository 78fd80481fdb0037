import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineSession, type SessionDefinition, type SessionHandler } from '../dist/index.js'
import { startSession } from './open-session.js'

const define = (...args: readonly unknown[]) =>
  (defineSession as (...args: readonly unknown[]) => SessionDefinition)(...args)

for (const input of [undefined, null, 1, 'x', true, Symbol('x')]) {
  test(`ES-7.15: defineSession refuses ${String(input)}`, () => {
    assert.throws(() => define(input), { code: 'ES_ERR_HANDLER', message: /takes callbacks or a function/ })
  })
}

for (const name of ['onMessage', 'messages', 'data', 'constructor', '__proto__', '']) {
  test(`ES-7.15: an unknown callback ${JSON.stringify(name)} is refused by its name, with the names that there are`, () => {
    const input = Object.defineProperty({}, name, { value() {}, enumerable: true })
    assert.throws(() => define(input), {
      code: 'ES_ERR_HANDLER',
      message: `There is no session callback or setting ${JSON.stringify(name)}; there are authorize, authorizeJoin, open, message, ping, pong, drain, close, error, subprotocols, requireSubprotocol.`,
    })
  })
}

for (const value of [null, 1, 'x', {}, true]) {
  test(`ES-7.15: a callback that is ${JSON.stringify(value)} is refused`, () => {
    for (const name of ['authorize', 'open', 'message', 'ping', 'pong', 'drain', 'close', 'error']) {
      assert.throws(() => define({ [name]: value }), {
        code: 'ES_ERR_HANDLER',
        message: new RegExp(`^The session callback ${name} is .*; allowed is a function\\.$`),
      })
    }
    assert.throws(() => define(() => {}, { authorize: value }), { code: 'ES_ERR_HANDLER' })
  })
}

for (const subprotocols of [null, 'chat', ['a b'], [''], [1], ['a,b'], ['a\r\nb'], {}]) {
  test(`H13: subprotocols that are ${JSON.stringify(subprotocols)} are refused`, () => {
    for (const args of [[{ subprotocols }], [() => {}, { subprotocols }]]) {
      assert.throws(() => define(...args), { code: 'ES_ERR_OPTION', message: /^The option subprotocols is / })
    }
  })
}

test('ES-7.15: requireSubprotocol is true or false', () => {
  assert.throws(() => define({ requireSubprotocol: 'yes' }), { code: 'ES_ERR_OPTION' })
  assert.equal(define({ requireSubprotocol: true }).requireSubprotocol, true)
  assert.equal(define({}).requireSubprotocol, false)
})

test('a function takes no callbacks besides authorize and authorizeJoin', () => {
  assert.throws(() => define(() => {}, { message() {} }), {
    code: 'ES_ERR_HANDLER',
    message: /there are authorize, authorizeJoin, subprotocols, requireSubprotocol\.$/,
  })
  for (const settings of [null, 1, 'x']) {
    assert.throws(() => define(() => {}, settings), { code: 'ES_ERR_HANDLER' })
  }
})

test('a callback that is undefined is not there', () => {
  const definition = define({ message: undefined, authorize: undefined })
  assert.deepEqual(Object.keys(definition.handler), [])
})

test('what was checked is what is called: later changes to the object change nothing', () => {
  const log: string[] = []
  const input: { message?: unknown } & SessionHandler = { message: () => void log.push('first') }
  const subprotocols = ['a']
  const definition = define(Object.assign(input, { subprotocols }))
  Object.assign(input, { message: 5 })
  subprotocols.push('b c')
  startSession(definition).receive('x')
  assert.deepEqual(log, ['first'])
  assert.deepEqual(definition.subprotocols, ['a'])
  assert.ok(Object.isFrozen(definition))
  assert.ok(Object.isFrozen(definition.handler))
})

test('the methods of a class are callbacks, called on their object', () => {
  class Greeter {
    readonly #name = 'a'
    message(session: { send(data: string): boolean }): void {
      session.send(`hello ${this.#name}`)
    }
  }
  const { receive, port } = startSession(define(new Greeter()))
  receive('x')
  assert.equal(port.sent[0]?.data, 'hello a')
})

test('a getter that throws is heard when the session is defined, not while it runs', () => {
  const input = {
    get message(): never {
      throw new Error('not ready')
    },
  }
  assert.throws(() => define(input), /not ready/)
})
