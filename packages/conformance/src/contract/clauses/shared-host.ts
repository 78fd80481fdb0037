import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { defineSession } from '@echosession/core'
import type { Clause } from '../clause.js'
import { echo } from '../echo.js'

/** The session beside what else its host does. */
export const SHARED_HOST: readonly Clause[] = [
  {
    id: 'ES-1.39',
    title: "the host's middleware runs first, and its rejection reaches the client as it is",
    needs: ['middleware'],
    async check(stage) {
      const stand = await stage.mount(
        defineSession({ authorize: () => stage.trace.add('authorize') }),
        {},
        {
          middleware(exchange) {
            exchange.setHeader('X-Middleware', 'ran')
            if (exchange.header('x-block') === undefined) return undefined
            return { status: 402, body: 'pay first' }
          },
        },
      )
      const answer = await stand.request({ headers: { 'x-block': 'yes' } })
      assert.equal(answer.status, 402)
      assert.equal(answer.headers.get('x-middleware'), 'ran')
      assert.equal(answer.body, 'pay first')
      assert.equal(stage.trace.count(), 0)
      await stage.soon(answer.gone ?? Promise.resolve(), 'the end of the refused connection')
      assert.equal((await stand.request()).status, 101)
    },
  },
  {
    id: 'ES-1.40',
    title: "headers that the host's middleware set go out on the 101",
    needs: ['middleware'],
    async check(stage) {
      const stand = await stage.mount(
        echo,
        {},
        {
          middleware(exchange) {
            exchange.setHeader('X-Middleware', 'ran')
            exchange.setHeader('Set-Cookie', 'sid=1; Path=/')
            return undefined
          },
        },
      )
      const answer = await stand.request()
      assert.equal(answer.status, 101)
      assert.equal(answer.headers.get('x-middleware'), 'ran')
      assert.equal(answer.headers.get('set-cookie'), 'sid=1; Path=/')
    },
  },
  {
    id: 'ES-1.41',
    title: 'other upgrade listeners of the same server keep what is theirs, and the session keeps its own',
    needs: ['server'],
    async check(stage) {
      const stand = await stage.mount(echo)
      const listener = (request: IncomingMessage, socket: Duplex): void => {
        if (request.url === '/theirs') socket.end('HTTP/1.1 299 Theirs\r\nConnection: close\r\n\r\n')
      }
      stand.mounted.server?.on('upgrade', listener)
      assert.equal((await stand.request({ target: '/theirs' })).status, 299)
      const client = await stand.connect()
      client.send('ours')
      assert.equal(await stage.nextText(client), 'ours')
      stand.mounted.server?.off('upgrade', listener)
    },
  },
  {
    id: 'ES-1.42',
    title: 'an upgrade that nobody answers, with other upgrade listeners about, does not hang',
    needs: ['server'],
    async check(stage) {
      const stand = await stage.mount(echo, { authorizeTimeoutMs: 100 })
      const listener = (): void => {}
      stand.mounted.server?.on('upgrade', listener)
      const { status } = await stand.request({ target: '/nobodys' })
      assert.ok(status === 404 || status === 503, `the answer is ${status}`)
      stand.mounted.server?.off('upgrade', listener)
    },
  },
]
