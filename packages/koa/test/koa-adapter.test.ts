import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { createSessions, defineSession, EchoSessionError } from '@echosession/core'
import { createKoaAdapter, type KoaAdapter } from '@echosession/koa'
import {
  exchange,
  ProcessWatch,
  RawConnection,
  turn,
  until,
  upgradeRequest,
  within,
} from '@echosession/probe'
import Router from '@koa/router'
import Koa from 'koa'
import mount from 'koa-mount'
import session from 'koa-session'

const watch = new ProcessWatch()
after(() => watch.stop())

const echo = defineSession({
  message(session, message) {
    session.send(message)
  },
})
const tell = defineSession<unknown, Koa.Context>({
  open(session) {
    const { path, params } = session.request
    session.send(JSON.stringify({ path, params: { ...params }, url: session.context.originalUrl }))
  },
})

async function start(fill: (app: Koa, upgrade: KoaAdapter['upgrade']) => void) {
  const sessions = createSessions({ observer: { onError: () => {} } })
  const app = new Koa({ keys: ['a key'] })
  const errors: unknown[] = []
  app.on('error', (error: unknown) => errors.push(error))
  const { upgrade, attach } = createKoaAdapter(sessions)
  fill(app, upgrade)
  const server = createServer(app.callback())
  const attachment = attach(server, app)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { sessions, errors, port, close: () => within(attachment.close(), 'the shutdown') }
}

async function end(client: RawConnection): Promise<void> {
  client.close(1000)
  await client.gone()
}

test('a router with a prefix, a nested router and koa-mount lead to the session, with the whole path', async () => {
  const { port, close } = await start((app, upgrade) => {
    const rooms = new Router()
    rooms.get('/rooms/:room', upgrade(tell))
    const teams = new Router({ prefix: '/api' })
    teams.use('/teams/:team', rooms.routes(), rooms.allowedMethods())
    app.use(teams.routes())
    const sub = new Koa()
    const inner = new Router()
    inner.get('/deep/:id', upgrade(tell))
    sub.use(inner.routes())
    app.use(mount('/sub', sub))
  })
  const cases = [
    ['/api/teams/a%20b/rooms/%C3%BC?x=1', { team: 'a b', room: 'ü' }],
    ['/sub/deep/7?x=1', { id: '7' }],
  ] as const
  for (const [target, params] of cases) {
    const client = await RawConnection.upgrade({ port }, target)
    const told = JSON.parse((await client.message()) ?? '')
    assert.deepEqual(told, { path: target.split('?')[0], params, url: target })
    await end(client)
  }
  assert.equal((await exchange({ port }, upgradeRequest('/api/teams/a'))).status, 404)
  await close()
})

test('koa-session: its cookie goes out on the 101, also when middleware changes it after next', async () => {
  const { port, close } = await start((app, upgrade) => {
    app.use(session({ key: 'sid' }, app))
    app.use(async (ctx, next) => {
      await next()
      if (ctx.session) ctx.session.visits = (ctx.session.visits ?? 0) + 1
    })
    app.use(
      upgrade(defineSession<unknown, Koa.Context>({ open: (s) => s.send(`${s.context.session?.visits}`) })),
    )
  })
  const first = await RawConnection.open({ port })
  first.write(upgradeRequest('/ws'))
  const { status, headers } = await first.head()
  assert.equal(status, 101)
  assert.equal(await first.message(), '1', 'the session opens when all middleware has returned')
  const cookies = (headers['set-cookie'] ?? []).map((line) => line.split(';')[0])
  assert.deepEqual(
    cookies.map((cookie) => cookie?.split('=')[0]),
    ['sid', 'sid.sig'],
  )
  const second = await RawConnection.upgrade({ port }, '/ws', [`Cookie: ${cookies.join('; ')}`])
  assert.equal(await second.message(), '2')
  await Promise.all([end(first), end(second)])
  await close()
})

test('middleware decides with the means of Koa, and its answer arrives as it is', async () => {
  const { port, sessions, close } = await start((app, upgrade) => {
    app.use(async (ctx, next) => {
      ctx.cookies.set('seen', 'yes', { signed: true })
      if (ctx.path === '/assert')
        ctx.throw(401, 'a token, please', { headers: { 'WWW-Authenticate': 'Bearer' } })
      if (ctx.path === '/throw') ctx.throw(403, 'hidden', { expose: false })
      if (ctx.path === '/body') {
        ctx.status = 429
        ctx.set('Retry-After', '3')
        ctx.body = { slow: 'down' }
        return
      }
      if (ctx.path === '/redirect') return ctx.redirect('https://example.com/ws')
      await next()
    })
    app.use(upgrade(echo))
  })
  const refused = await exchange({ port }, upgradeRequest('/assert'))
  assert.equal(refused.status, 401)
  assert.equal(refused.body, 'a token, please')
  assert.deepEqual(refused.headers['www-authenticate'], ['Bearer'])
  const thrown = await exchange({ port }, upgradeRequest('/throw'))
  assert.equal(thrown.status, 403)
  assert.equal(thrown.body, 'Forbidden')
  const limited = await exchange({ port }, upgradeRequest('/body'))
  assert.equal(limited.status, 429)
  assert.equal(limited.body, '{"slow":"down"}')
  assert.deepEqual(limited.headers['retry-after'], ['3'])
  assert.equal(limited.headers['set-cookie']?.length, 2)
  assert.equal((await exchange({ port }, upgradeRequest('/redirect'))).status, 302)
  assert.equal(sessions.counters().rejected, 0)
  await close()
})

test('a failed authorize is an error of the app, with its cause; the client learns nothing', async () => {
  const cause = new Error('postgres://user:hunter2@db')
  const { port, errors, close } = await start((app, upgrade) => {
    app.use(upgrade(defineSession({ authorize: () => Promise.reject(cause) })))
  })
  const answer = await exchange({ port }, upgradeRequest('/ws'))
  assert.equal(answer.status, 500)
  assert.equal(answer.body, 'Internal Server Error')
  assert.doesNotMatch(answer.raw, /hunter2|\.js:\d/)
  const [error] = errors
  assert.ok(error instanceof EchoSessionError)
  assert.equal(error.code, 'ES_ERR_AUTHORIZE')
  assert.equal(error.cause, cause)
  await close()
})

test('middleware that catches a failed authorize answers in its own way', async () => {
  const { port, errors, close } = await start((app, upgrade) => {
    app.use(async (ctx, next) => {
      try {
        await next()
      } catch (error) {
        ctx.status = 502
        ctx.body = (error as EchoSessionError).code
      }
    })
    app.use(upgrade(defineSession({ authorize: () => Promise.reject(new Error('no')) })))
  })
  const answer = await exchange({ port }, upgradeRequest('/ws'))
  assert.equal(answer.status, 502)
  assert.equal(answer.body, 'ES_ERR_AUTHORIZE')
  assert.deepEqual(errors, [])
  await close()
})

test('middleware that fails or refuses after the session was accepted has the last word; the place is given back', async () => {
  let opened = 0
  const { port, sessions, errors, close } = await start((app, upgrade) => {
    app.use(async (ctx, next) => {
      await next()
      assert.equal(ctx.status, 101)
      await turn()
      if (ctx.path === '/throws') throw new Error('afterwards')
      if (ctx.path === '/refuses') ctx.status = 403
    })
    app.use(upgrade(defineSession({ open: () => void opened++ })))
  })
  assert.equal((await exchange({ port }, upgradeRequest('/throws'))).status, 500)
  assert.equal((await exchange({ port }, upgradeRequest('/refuses'))).status, 403)
  assert.equal(opened, 0)
  assert.equal(errors.length, 1)
  assert.equal(sessions.counters().pending, 0)
  await end(await RawConnection.upgrade({ port }, '/fine'))
  await until(() => opened === 1, 'the session that was let in')
  await close()
})

test('middleware that takes the response from Koa and never answers is cut off at the deadline', async () => {
  const sessions = createSessions({ authorizeTimeoutMs: 50 })
  const app = new Koa()
  const { upgrade, attach } = createKoaAdapter(sessions)
  app.use(async (ctx, next) => {
    ctx.respond = false
    await next()
  })
  app.use(upgrade(echo))
  const server = createServer(app.callback())
  const attachment = attach(server, app)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const answer = await exchange({ port }, upgradeRequest('/ws'))
  assert.equal(answer.status, 503)
  assert.notEqual(answer.headers['retry-after'], undefined)
  const { pending, rejected } = sessions.counters()
  assert.deepEqual([pending, rejected], [0, 1])
  await attachment.close()
})

test('a proxy header decides what Koa shows of the client, and trustedProxyHops what the session does', async () => {
  const sessions = createSessions({ trustedProxyHops: 1 })
  const app = new Koa({ proxy: true })
  const { upgrade, attach } = createKoaAdapter(sessions)
  app.use(
    upgrade(
      defineSession<unknown, Koa.Context>({
        open: (s) => s.send(`${s.request.remoteAddress} ${s.context.ip}`),
      }),
    ),
  )
  const server = createServer(app.callback())
  const attachment = attach(server, app)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = await RawConnection.upgrade({ port }, '/ws', ['X-Forwarded-For: 6.6.6.6, 203.0.113.9'])
  assert.equal(await client.message(), '203.0.113.9 6.6.6.6')
  await end(client)
  await attachment.close()
})
