import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { SessionRequest } from '../dist/index.js'
import { type MemoryRequest, memoryRequestSource } from '../dist/memory/memory-request.js'

const request = (options: MemoryRequest = {}, hops = 0) =>
  new SessionRequest(memoryRequestSource(options), hops)
const cookies = (header: string) => request({ headers: { cookie: header } }).cookies

test('path and query are those of the target, still encoded', () => {
  const { path, target, query } = request({ target: '/a%20b?x=1&x=2&y=%C3%A9' })
  assert.equal(target, '/a%20b?x=1&x=2&y=%C3%A9')
  assert.equal(path, '/a%20b')
  assert.deepEqual(query.getAll('x'), ['1', '2'])
  assert.equal(query.get('y'), 'é')
  assert.equal(request({ target: '/a' }).path, '/a')
  assert.equal([...request({ target: '/a?' }).query].length, 0)
  assert.equal(request({ target: '/a?b?c=d' }).query.get('b?c'), 'd')
})

test('a query that is no valid encoding is read all the same', () => {
  assert.equal(request({ target: '/?a=%&b=%zz' }).query.get('a'), '%')
})

test('cookies are read by name: trimmed, unquoted, decoded, the first of a name', () => {
  assert.deepEqual({ ...cookies('a=1; b="2" ;c = 3 ; d=%C3%A9; a=9') }, { a: '1', b: '2', c: '3', d: 'é' })
  assert.deepEqual({ ...cookies('x=a=b==') }, { x: 'a=b==' })
  assert.deepEqual({ ...cookies('x=') }, { x: '' })
  assert.deepEqual({ ...cookies('nothing; =nameless; ;;') }, {})
  assert.deepEqual({ ...cookies('x=%E0%A4%A; y=100%') }, { x: '%E0%A4%A', y: '100%' })
  assert.deepEqual({ ...cookies('x="') }, { x: '"' })
  assert.deepEqual({ ...request().cookies }, {})
})

test("cookies named after Object.prototype's members are cookies, and the others are not there", () => {
  const found = cookies('__proto__=1; constructor=2; toString=3')
  assert.equal(Object.getPrototypeOf(found), null)
  assert.equal(Reflect.get(found, '__proto__'), '1')
  assert.equal(found.constructor, '2')
  assert.equal(found.toString, '3')
  assert.equal(found.hasOwnProperty, undefined)
  assert.equal(({} as { polluted?: string }).polluted, undefined)
})

test('parameters are those of the router, and none where there is none', () => {
  assert.deepEqual(request({ params: { room: 'a' } }).params, { room: 'a' })
  const { params: _params, ...source } = memoryRequestSource({})
  assert.deepEqual(new SessionRequest(source, 0).params, {})
})

test('the offered subprotocols are in the order of the client', () => {
  assert.deepEqual(request({ subprotocols: ['b', 'a'] }).subprotocols, ['b', 'a'])
  assert.deepEqual(request().subprotocols, [])
})

test('H15: forwarded headers count only behind trusted proxies', () => {
  const options = {
    remoteAddress: '::ffff:10.0.0.1',
    headers: {
      'x-forwarded-for': '6.6.6.6, 7.7.7.7',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'a.test',
    },
  }
  const direct = request(options)
  assert.equal(direct.remoteAddress, '10.0.0.1')
  assert.equal(direct.encrypted, false)
  assert.equal(direct.host, 'memory.test')
  const proxied = request(options, 1)
  assert.equal(proxied.remoteAddress, '7.7.7.7')
  assert.equal(proxied.encrypted, true)
  assert.equal(proxied.host, 'a.test')
  assert.equal(request({ encrypted: true, headers: { 'x-forwarded-proto': 'http' } }, 1).encrypted, false)
  assert.equal(request({ encrypted: true }, 1).encrypted, true)
})

test('H12, G16: neither JSON nor the console shows headers, cookies or the query', () => {
  const secret = request({
    target: '/a?token=canary',
    headers: { cookie: 'token=canary', authorization: 'Bearer canary' },
  })
  assert.deepEqual(JSON.parse(JSON.stringify(secret)), {
    method: 'GET',
    path: '/a',
    remoteAddress: '127.0.0.1',
  })
  assert.doesNotMatch(inspect(secret, { depth: 10 }), /canary/)
})

test('a cookie header that came in several pieces is one', () => {
  assert.deepEqual({ ...request({ headers: { cookie: ['a=1', 'b=2'] } }).cookies }, { a: '1', b: '2' })
})
