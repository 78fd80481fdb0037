import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { after, test } from 'node:test'
import { createSessions, defineSession, EchoSessionError, type SessionsOptions } from '@echosession/core'
import { createNodeAdapter, type NodeContext, type Routes } from '@echosession/node'
import {
  exchange,
  ProcessWatch,
  RawConnection,
  turn,
  until,
  upgradeRequest,
  within,
} from '@echosession/probe'

const watch = new ProcessWatch()
after(() => watch.stop())

const echo = defineSession({
  message(session, message) {
    session.send(message)
  },
})
const tell = defineSession<unknown, NodeContext>({
  open(session) {
    const { path, params, query } = session.request
    session.send(
      JSON.stringify({ path, params: { ...params }, x: query.get('x'), url: session.context.request.url }),
    )
  },
})

interface Parts {
  readonly options?: SessionsOptions
  readonly fallback?: RequestListener
  /** Wraps the adapter's listener. */
  readonly around?: (inner: RequestListener) => RequestListener
}

async function start(routes: Routes, { options, fallback, around }: Parts = {}) {
  const sessions = createSessions({ observer: { onError: () => {} }, ...options })
  const adapter = createNodeAdapter(sessions, routes, fallback)
  const listener = around?.(adapter.listener) ?? adapter.listener
  const server = createServer(listener)
  const attachment = adapter.attach(server, listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { sessions, server, attachment, port, close: () => within(attachment.close(), 'the shutdown') }
}

async function end(client: RawConnection): Promise<void> {
  client.close(1000)
  await client.gone()
}

test('fixed segments win over parameters, which are decoded; the query is no part of the route', async () => {
  const { port, close } = await start({ '/rooms/:room': tell, '/rooms/lobby': echo, '/a/:b/c/:d': tell })
  const cases = [
    ['/rooms/%C3%BC?x=1', { room: 'ü' }, '1'],
    ['/a/1%2F2/c/__proto__', { b: '1/2', d: '__proto__' }, null],
  ] as const
  for (const [target, params, x] of cases) {
    const client = await RawConnection.upgrade({ port }, target)
    const told = JSON.parse((await client.message()) ?? '')
    assert.deepEqual(told, { path: target.split('?')[0], params: { ...params }, x, url: target })
    await end(client)
  }
  const lobby = await RawConnection.upgrade({ port }, '/rooms/lobby')
  lobby.send(1, 'fixed')
  assert.equal(await lobby.message(), 'fixed')
  await end(lobby)
  for (const target of ['/rooms/', '/rooms', '/rooms/a/', '/a/1/c']) {
    assert.equal((await exchange({ port }, upgradeRequest(target))).status, 404, target)
  }
  await close()
})

test('what wraps the listener runs before the 101; its headers go out on it, its refusal is final', async () => {
  const { port, close } = await start(
    { '/ws': echo },
    {
      around: (inner) => async (request, response) => {
        await turn()
        response.setHeader('Set-Cookie', ['a=1', 'b=2'])
        if (request.headers.authorization === undefined) {
          response.writeHead(401, { 'WWW-Authenticate': 'Basic' }).end('who are you?')
        } else inner(request, response)
      },
    },
  )
  const refused = await exchange({ port }, upgradeRequest('/ws'))
  assert.deepEqual([refused.status, refused.body], [401, 'who are you?'])
  const accepted = await exchange({ port }, upgradeRequest('/ws', { headers: ['Authorization: Basic x'] }))
  assert.equal(accepted.status, 101)
  assert.deepEqual(accepted.headers['set-cookie'], ['a=1', 'b=2'])
  await close()
})

test('the fallback answers every other request, and other upgrades that it knows nothing of', async () => {
  const seen: string[] = []
  const { port, close } = await start(
    { '/ws': echo },
    {
      fallback(request, response) {
        seen.push(`${request.method} ${request.url}`)
        response.end('fallback')
      },
    },
  )
  const plain = await exchange({ port }, 'GET /page HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  assert.equal(plain.body, 'fallback')
  const upgrade = await exchange({ port }, upgradeRequest('/page'))
  assert.deepEqual([upgrade.status, upgrade.body], [200, 'fallback'])
  assert.deepEqual(seen, ['GET /page', 'GET /page'])
  await close()
})

test('a listener that throws before it answers is cut at the deadline, not left hanging', async () => {
  const { port, sessions, close } = await start(
    { '/ws': echo },
    {
      options: { authorizeTimeoutMs: 50 },
      around: () => () => void Promise.reject(new Error('no')).catch(() => {}),
    },
  )
  assert.equal((await exchange({ port }, upgradeRequest('/ws'))).status, 503)
  assert.equal(sessions.counters().pending, 0)
  await close()
})

test('an adapter that was never attached answers 500 and warns; it ends no process', async () => {
  const sessions = createSessions()
  const adapter = createNodeAdapter(sessions, { '/ws': echo })
  const server = createServer(adapter.listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const warning = once(process, 'warning')
  const client = await RawConnection.open({ port })
  client.write(upgradeRequest('/ws'))
  assert.equal((await client.head()).status, 500)
  const [told] = await within(warning, 'a warning')
  assert.match(told.message, /attach the adapter/)
  assert.equal(sessions.counters().pending, 0)
  client.socket.destroy()
  server.close()
  await once(server, 'close')
})

test('attach refuses what is no server', () => {
  const adapter = createNodeAdapter(createSessions(), { '/ws': echo })
  for (const wrong of [undefined, null, {}, () => {}, 8080]) {
    assert.throws(
      () => adapter.attach(wrong as never),
      (error) => error instanceof EchoSessionError && error.code === 'ES_ERR_BINDING',
    )
  }
})

test('a shutdown lets a request finish, cuts half a one, and closes what is only kept alive', async () => {
  let finish: () => void = () => {}
  const { port, server, close } = await start(
    { '/ws': echo },
    {
      options: { closeTimeoutMs: 100 },
      fallback(_request, response) {
        finish = () => response.end('done')
      },
    },
  )
  const sockets: Socket[] = []
  server.on('connection', (socket: Socket) => sockets.push(socket))
  const under = await RawConnection.open({ port })
  under.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n')
  const half = await RawConnection.open({ port })
  half.write('GET /ws HTTP/1.1\r\nHost: a\r\n')
  await until(() => sockets.length === 2 && sockets.every((socket) => socket.bytesRead > 0), 'both requests')
  const closing = close()
  await until(() => !server.listening, 'the end of listening')
  finish()
  await until(() => under.text.includes('done'), 'the answer')
  await closing
  await Promise.all([under.gone(), half.gone()])
  assert.equal(server.listenerCount('upgrade'), 0)
})

test('close drains once: a second call has the same report', async () => {
  const { port, attachment } = await start({ '/ws': echo })
  const client = await RawConnection.upgrade({ port }, '/ws')
  const first = attachment.close({ code: 1012, reason: 'restart' })
  const second = attachment.close()
  assert.deepEqual(await client.closed(), { code: 1012, reason: 'restart' })
  client.close(1012)
  assert.deepEqual(await within(second, 'the second'), await within(first, 'the first'))
})
