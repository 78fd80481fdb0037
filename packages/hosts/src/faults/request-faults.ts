import assert from 'node:assert/strict'
import { encodeFrame, exchange, upgradeRequest } from '@echosession/probe'
import { define, echo, type Fault } from './stage.js'

const TARGETS: readonly (readonly [string, readonly number[]])[] = [
  ['/nowhere', [404]],
  ['/ws/more', [404]],
  ['//', [400]],
  ['//evil.test/ws', [400]],
  ['http://[/', [400]],
  ['http://127.0.0.1/ws', [400]],
  ['*', [400]],
  ['/%', [400]],
  ['/%zz', [400]],
  ['/ws%', [400]],
  ['/ws%00', [404, 400]],
  ['/ws#there', [400]],
  ['/ws|<>"', [404]],
  // A host that matches a parsed URL has resolved the dots.
  ['/%2e%2e/%2e%2e/ws', [404, 101]],
  ['/constructor', [404]],
  ['/__proto__', [404]],
  [`/${'a'.repeat(8_192)}`, [404]],
]

/** Rows of the catalogue about requests that no session can be opened with. */
export const requestFaults: readonly Fault[] = [
  {
    row: 'H5',
    title: 'a target that leads nowhere or means nothing is a 404 or a 400, at once',
    async run(stage) {
      const host = await stage.mount({ routes: { '/ws': echo, '/rooms/:room': echo } })
      for (const [target, statuses] of TARGETS) {
        const answer = await exchange(host, upgradeRequest(target))
        assert.ok(
          statuses.includes(answer.status),
          `${target.slice(0, 40)} is answered with ${answer.status}`,
        )
        if (answer.status === 101) continue
        assert.equal(answer.headers.connection?.join(), 'close', target.slice(0, 40))
      }
    },
  },
  {
    row: 'H6',
    title: 'a Host that is missing, doubled or malformed is a 400',
    async run(stage) {
      const host = await stage.mount({ routes: { '/ws': echo } })
      const hosts = [
        [],
        ['Host: ['],
        ['Host: a', 'Host: b'],
        ['Host: a@b'],
        ['Host: a b'],
        ['Host: a/b'],
        ['Host:'],
      ]
      for (const headers of hosts) {
        const answer = await exchange(host, upgradeRequest('/ws', { without: ['Host'], headers }))
        assert.equal(answer.status, 400, headers.join())
      }
    },
  },
  {
    row: 'H7',
    title: 'another method is a 405 with Allow, another protocol an ordinary answer, HTTP/1.0 a 400',
    async run(stage) {
      const host = await stage.mount({ routes: { '/ws': echo } })
      for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD']) {
        const answer = await exchange(host, upgradeRequest('/ws', { method }))
        assert.equal(answer.status, 405, method)
        assert.deepEqual(answer.headers.allow, ['GET'])
      }
      const h2c = { without: ['Upgrade'], headers: ['Upgrade: h2c', 'HTTP2-Settings: AAMAAABk'] }
      const known = await exchange(host, upgradeRequest('/ws', h2c))
      assert.equal(known.status, 426)
      assert.deepEqual(known.headers.upgrade, ['websocket'])
      assert.equal((await exchange(host, upgradeRequest('/nowhere', h2c))).status, 404)
      assert.equal((await exchange(host, upgradeRequest('/ws', { version: '1.0' }))).status, 400)
    },
  },
  {
    row: 'H8',
    title: 'a bad or doubled key is a 400; a bad version is a 426 that names 13',
    async run(stage) {
      const host = await stage.mount({ routes: { '/ws': echo } })
      const key = ['Sec-WebSocket-Key']
      const keys = [
        [],
        ['short'],
        ['dGhlIHNhbXBsZSBub25jZQ=='],
        ['dGhlIHNhbXBsZSBub25jZQ', 'x'],
        ['!!!!!!!!!!!!!!!!!!!!!!=='],
      ]
      for (const values of keys) {
        const headers = values.map((value) => `Sec-WebSocket-Key: ${value}`)
        if (values[0] === 'dGhlIHNhbXBsZSBub25jZQ==') headers.push(headers[0] as string)
        const answer = await exchange(host, upgradeRequest('/ws', { without: key, headers }))
        assert.equal(answer.status, 400, headers.join())
      }
      for (const version of [[], ['12'], ['14'], ['8'], ['013'], ['13, 8'], ['x']]) {
        const headers = version.map((value) => `Sec-WebSocket-Version: ${value}`)
        const shape = { without: ['Sec-WebSocket-Version'], headers }
        const answer = await exchange(host, upgradeRequest('/ws', shape))
        assert.equal(answer.status, 426, version.join())
        assert.deepEqual(answer.headers['sec-websocket-version'], ['13'])
      }
    },
  },
  {
    row: 'H17',
    title: 'a body on the upgrade is a 400 and is never read as frames',
    async run(stage) {
      const got: string[] = []
      const host = await stage.mount({
        routes: { '/ws': define({ message: (_session, message) => void got.push(message.text()) }) },
      })
      const smuggled = encodeFrame(1, 'smuggled')
      for (const headers of [[`Content-Length: ${smuggled.length}`], ['Transfer-Encoding: chunked']]) {
        const request = Buffer.concat([Buffer.from(upgradeRequest('/ws', { headers })), smuggled])
        assert.equal((await exchange(host, request)).status, 400, headers.join())
      }
      const pipelined = `${upgradeRequest('/nowhere')}GET /ws HTTP/1.1\r\nHost: a\r\n\r\n`
      const answer = await exchange(host, pipelined)
      assert.equal(answer.status, 404)
      assert.equal(
        answer.raw.match(/HTTP\/1\.1/g)?.length,
        1,
        'what follows a refused upgrade is not answered',
      )
      assert.deepEqual(got, [])
    },
  },
]
