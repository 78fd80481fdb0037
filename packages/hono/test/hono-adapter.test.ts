import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { createSessions, defineSession, EchoSessionError, type Sessions } from '@echosession/core'
import { createHonoAdapter, type HonoAdapter } from '@echosession/hono'
import {
  encodeFrame,
  exchange,
  ProcessWatch,
  RawConnection,
  turn,
  until,
  upgradeRequest,
  within,
} from '@echosession/probe'
import { serve } from '@hono/node-server'
import { createNodeWebSocket } from '@hono/node-ws'
import { type Context, Hono } from 'hono'
import { bearerAuth } from 'hono/bearer-auth'
import { getCookie, setCookie } from 'hono/cookie'
import { HTTPException } from 'hono/http-exception'
import { secureHeaders } from 'hono/secure-headers'
import type { UpgradeWebSocket } from 'hono/ws'
import { serve as serve2, upgradeWebSocket } from 'hono-node-server-2'
import { WebSocketServer } from 'ws'

const watch = new ProcessWatch()
after(() => watch.stop())

const echo = defineSession({
  message(session, message) {
    session.send(message)
  },
})
const tell = defineSession<unknown, Context>({
  open(session) {
    const { path, params } = session.request
    session.send(JSON.stringify({ path, params: { ...params }, url: session.context.req.path }))
  },
})

interface Mounted {
  readonly sessions: Sessions
  readonly port: number
  readonly server: Server
  close(): Promise<unknown>
}

interface Plugin {
  readonly name: string
  start(fill: (app: Hono, upgrade: HonoAdapter['upgrade'], own: UpgradeWebSocket) => void): Promise<Mounted>
}

const ANY_PORT = { port: 0, hostname: '127.0.0.1' }
type UpgradeServer = NonNullable<Parameters<typeof serve2>[0]['websocket']>['server']

async function mounted(sessions: Sessions, adapter: HonoAdapter, server: Server): Promise<Mounted> {
  const attachment = adapter.attach(server)
  if (!server.listening) await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { sessions, port, server, close: () => within(attachment.close(), 'the shutdown') }
}

const PLUGINS: readonly Plugin[] = [
  {
    name: 'node-ws',
    async start(fill) {
      const sessions = createSessions({ observer: { onError: () => {} } })
      const app = new Hono()
      const plugin = createNodeWebSocket({ app })
      const adapter = createHonoAdapter(sessions, app, plugin)
      fill(app, adapter.upgrade, plugin.upgradeWebSocket as UpgradeWebSocket)
      return mounted(sessions, adapter, serve({ fetch: app.fetch, ...ANY_PORT }) as Server)
    },
  },
  {
    name: 'node-server 2',
    async start(fill) {
      const sessions = createSessions({ observer: { onError: () => {} } })
      const app = new Hono()
      const adapter = createHonoAdapter(sessions, app)
      fill(app, adapter.upgrade, upgradeWebSocket as UpgradeWebSocket)
      const websocket = { server: new WebSocketServer({ noServer: true }) as UpgradeServer }
      return mounted(sessions, adapter, serve2({ fetch: app.fetch, ...ANY_PORT, websocket }) as Server)
    },
  },
]

async function end(client: RawConnection): Promise<void> {
  client.close(1000)
  await client.gone()
}

for (const { name, start } of PLUGINS) {
  test(`${name}: basePath and nested sub-apps lead to the session, with the whole path`, async () => {
    const { port, close } = await start((app, upgrade) => {
      const rooms = new Hono()
      rooms.get('/rooms/:room', upgrade(tell))
      const teams = new Hono().basePath('/teams/:team')
      teams.route('/', rooms)
      app.route('/api', teams)
      app.basePath('/v1').get('/plain', upgrade(tell))
    })
    for (const [target, params] of [
      ['/api/teams/a%20b/rooms/%C3%BC?x=1', { team: 'a b', room: 'ü' }],
      ['/v1/plain', {}],
    ] as const) {
      const client = await RawConnection.upgrade({ port }, target)
      const told = JSON.parse((await client.message()) ?? '')
      assert.equal(told.path, target.split('?')[0])
      assert.deepEqual(told.params, params)
      await end(client)
    }
    assert.equal((await exchange({ port }, upgradeRequest('/api/nowhere'))).status, 404)
    await close()
  })

  test(`${name}: cookie, secure-headers and bearer-auth run before the 101`, async () => {
    const { port, close } = await start((app, upgrade) => {
      app.use(secureHeaders())
      app.use(async (c, next) => {
        setCookie(c, 'a', '1', { httpOnly: true })
        setCookie(c, 'b', '2')
        await next()
        c.header('X-After', 'yes')
      })
      app.use('/ws', bearerAuth({ token: 'demo' }))
      app.get(
        '/ws',
        upgrade(
          defineSession<string | undefined, Context>({
            authorize: (_request, { context }) => getCookie(context, 'sid'),
            open: (s) => s.send(`${s.principal}`),
          }),
        ),
      )
    })
    const refused = await exchange({ port }, upgradeRequest('/ws'))
    assert.equal(refused.status, 401)
    assert.deepEqual(refused.headers['www-authenticate'], ['Bearer realm=""'])
    assert.equal(refused.body, 'Unauthorized')
    assert.equal(refused.headers['set-cookie']?.length, 2)
    const client = await RawConnection.open({ port })
    client.write(upgradeRequest('/ws', { headers: ['Authorization: Bearer demo', 'Cookie: sid=42'] }))
    const { status, headers } = await client.head()
    assert.equal(status, 101)
    assert.deepEqual(headers['set-cookie'], ['a=1; Path=/; HttpOnly', 'b=2; Path=/'])
    assert.deepEqual(headers['x-frame-options'], ['SAMEORIGIN'])
    assert.deepEqual(headers['x-after'], ['yes'])
    assert.equal(await client.message(), '42')
    await end(client)
    await close()
  })

  test(`${name}: HTTPException, onError and notFound answer in the app's own way`, async () => {
    const seen: unknown[] = []
    const cause = new Error('postgres://user:hunter2@db')
    const { port, close } = await start((app, upgrade) => {
      app.onError((error, c) => {
        seen.push(error)
        if (error instanceof HTTPException) return error.getResponse()
        return c.json({ code: (error as EchoSessionError).code ?? 'other' }, 502)
      })
      app.notFound((c) => c.text('nothing here', 404))
      app.use('/exception', async () => {
        throw new HTTPException(403, { message: 'not you' })
      })
      app.use('/throws', async () => {
        throw new Error('no')
      })
      app.get('/ws', upgrade(defineSession({ authorize: () => Promise.reject(cause) })))
    })
    const exception = await exchange({ port }, upgradeRequest('/exception'))
    assert.deepEqual([exception.status, exception.body], [403, 'not you'])
    assert.equal((await exchange({ port }, upgradeRequest('/throws'))).body, '{"code":"other"}')
    const missing = await exchange({ port }, upgradeRequest('/nowhere'))
    assert.deepEqual([missing.status, missing.body], [404, 'nothing here'])
    const failed = await exchange({ port }, upgradeRequest('/ws'))
    assert.deepEqual([failed.status, failed.body], [502, '{"code":"ES_ERR_AUTHORIZE"}'])
    const error = seen.at(-1)
    assert.ok(error instanceof EchoSessionError)
    assert.equal(error.cause, cause)
    await close()
  })

  test(`${name}: what is thrown and is no Error is a 500 and ends no process`, async (t) => {
    const log = t.mock.method(console, 'error', () => {})
    const { port, close } = await start((app, upgrade) => {
      app.use('/string', async () => {
        throw 'a string'
      })
      app.use('/undefined', () => Promise.reject())
      app.use('/handler', async () => {
        throw new Error('one')
      })
      app.get('/ws', upgrade(echo))
      app.onError(() => {
        throw new Error('two')
      })
    })
    for (const path of ['/string', '/undefined', '/handler']) {
      const answer = await exchange({ port }, upgradeRequest(path))
      assert.equal(answer.status, 500, path)
      assert.equal(answer.body, 'Internal Server Error')
    }
    assert.equal(log.mock.callCount(), 3)
    await end(await RawConnection.upgrade({ port }, '/ws'))
    await close()
  })

  test(`${name}: middleware that fails or refuses after the session was accepted has the last word`, async () => {
    let opened = 0
    const { port, sessions, close } = await start((app, upgrade) => {
      app.onError((_error, c) => c.text('failed', 500))
      app.use(async (c, next) => {
        await next()
        await turn()
        if (c.req.path === '/throws') throw new Error('afterwards')
        if (c.req.path === '/refuses') c.res = c.text('no', 403)
      })
      app.get('*', upgrade(defineSession({ open: () => void opened++ })))
    })
    assert.equal((await exchange({ port }, upgradeRequest('/throws'))).status, 500)
    assert.equal((await exchange({ port }, upgradeRequest('/refuses'))).status, 403)
    assert.equal(opened, 0)
    await until(() => sessions.counters().pending === 0, 'the place given back')
    await end(await RawConnection.upgrade({ port }, '/fine'))
    assert.equal(opened, 1)
    await close()
  })

  test(`${name}: routes of upgradeWebSocket work beside sessions, with early frames and their close`, async () => {
    const heard: string[] = []
    const { port, sessions, close } = await start((app, upgrade, own) => {
      app.get('/ws', upgrade(echo))
      app.get(
        '/own',
        own(() => ({
          onMessage(event, socket) {
            heard.push(`${event.data}`)
            socket.send(`own ${event.data}`)
          },
          onClose: (event) => void heard.push(`${event.code}`),
        })),
      )
      app.get('/page', (c) => c.text('a page'))
    })
    const client = await RawConnection.open({ port })
    client.write(Buffer.concat([Buffer.from(upgradeRequest('/own')), encodeFrame(1, 'early')]))
    assert.equal((await client.head()).status, 101)
    assert.equal(await client.message(), 'own early')
    client.send(1, 'x'.repeat(100_000))
    assert.equal((await client.message())?.length, 100_004)
    client.close(1000)
    assert.equal((await client.closed()).code, 1000)
    await client.gone()
    await until(() => heard.length === 3, 'the close')
    assert.equal(heard[2], '1000')
    const reset = await RawConnection.upgrade({ port }, '/own')
    reset.reset()
    await until(() => heard.length === 4, 'the loss')
    assert.equal(heard[3], '1006')
    const page = await exchange({ port }, upgradeRequest('/page'))
    assert.deepEqual([page.status, page.body], [200, 'a page'])
    assert.equal(sessions.counters().opened, 0)
    await end(await RawConnection.upgrade({ port }, '/ws'))
    await close()
  })

  test(`${name}: a refusal that streams is delivered whole, and stopped when the client leaves`, async () => {
    let cancelled = 0
    const { port, close } = await start((app) => {
      app.get('/long', (c) => {
        let left = 50
        const stream = new ReadableStream<Uint8Array>({
          pull(controller) {
            if (left-- > 0) controller.enqueue(new Uint8Array(10_000).fill(120))
            else controller.close()
          },
        })
        return c.body(stream, 403)
      })
      app.get('/endless', (c) => {
        const stream = new ReadableStream<Uint8Array>({
          pull: (controller) => controller.enqueue(new Uint8Array(10_000)),
          cancel: () => void cancelled++,
        })
        return c.body(stream, 200)
      })
    })
    const long = await exchange({ port }, upgradeRequest('/long'))
    assert.equal(long.body.length, 500_000)
    const client = await RawConnection.open({ port })
    client.write(upgradeRequest('/endless'))
    await client.head()
    client.socket.destroy()
    await until(() => cancelled === 1, 'the end of the stream')
    await close()
  })

  test(`${name}: an ordinary request is served as before, through the same middleware`, async () => {
    const { port, close } = await start((app, upgrade) => {
      app.use(async (c, next) => {
        await next()
        c.header('X-After', 'yes')
      })
      app.get('/ws', upgrade(echo))
      app.get('/page', (c) => c.json({ a: 1 }))
    })
    const ask = (path: string) =>
      exchange({ port }, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
    const page = await ask('/page')
    assert.deepEqual([page.status, page.body, page.headers['x-after']], [200, '{"a":1}', ['yes']])
    const session = await ask('/ws')
    assert.deepEqual([session.status, session.headers['x-after']], [426, ['yes']])
    await close()
  })
}

test('a session without a server, and an app that nothing passes upgrades to, are refused by name', async () => {
  const app = new Hono()
  const adapter = createHonoAdapter(createSessions(), app)
  app.get('/ws', adapter.upgrade(echo))
  const seen: unknown[] = []
  app.onError((error, c) => {
    seen.push(error)
    return c.text('failed', 500)
  })
  assert.equal((await app.request('/ws')).status, 500)
  assert.equal((seen[0] as EchoSessionError).code, 'ES_ERR_BINDING')
  const server = serve({ fetch: app.fetch, ...ANY_PORT }) as Server
  assert.throws(
    () => adapter.attach(server),
    (error) => error instanceof EchoSessionError && error.code === 'ES_ERR_BINDING',
  )
  server.close()
  await once(server, 'close')
})
