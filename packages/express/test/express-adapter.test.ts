import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { after, test } from 'node:test'
import { createSessions, defineSession, EchoSessionError, type Sessions } from '@echosession/core'
import { createExpressAdapter, type ExpressContext } from '@echosession/express'
import {
  exchange,
  ProcessWatch,
  RawConnection,
  turn,
  until,
  upgradeRequest,
  within,
} from '@echosession/probe'
import cookieParser from 'cookie-parser'
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import { rateLimit } from 'express-rate-limit'
import session from 'express-session'
import passport from 'passport'

declare module 'express-session' {
  interface SessionData {
    visits: number
  }
}

const watch = new ProcessWatch()
after(() => watch.stop())

const quiet = { observer: { onError: () => {} } }
const echo = defineSession({
  message(session, message) {
    session.send(message)
  },
})
const tell = defineSession<unknown, ExpressContext>({
  open(session) {
    const { path, params } = session.request
    session.send(JSON.stringify({ path, params: { ...params }, url: session.context.req.originalUrl }))
  },
})

interface App {
  readonly app: Express
  readonly sessions: Sessions
  readonly upgrade: ReturnType<typeof createExpressAdapter>['upgrade']
  readonly server: Server
  readonly port: number
  close(): Promise<unknown>
}

async function start(fill: (app: Pick<App, 'app' | 'upgrade'>) => void, options = {}): Promise<App> {
  const sessions = createSessions({ ...quiet, ...options })
  const app = express()
  const { upgrade, attach } = createExpressAdapter(sessions)
  fill({ app, upgrade })
  const server = createServer(app)
  const attachment = attach(server, app)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { app, sessions, upgrade, server, port, close: () => within(attachment.close(), 'the shutdown') }
}

async function end(client: RawConnection): Promise<void> {
  client.close(1000)
  await client.gone()
}

test('parameters of nested Routers and of a mounted sub-app reach the session, with the whole path', async () => {
  const { port, close } = await start(({ app, upgrade }) => {
    const inner = express.Router({ mergeParams: true })
    inner.get('/rooms/:room', upgrade(tell))
    const outer = express.Router()
    outer.use('/teams/:team', inner)
    app.use('/api', outer)
    const sub = express()
    sub.get('/deep/:id', upgrade(tell))
    app.use('/sub', sub)
    app.get('/files/*path', upgrade(tell))
  })
  const cases = [
    ['/api/teams/a%20b/rooms/%C3%BC?x=1', { team: 'a b', room: 'ü' }],
    ['/sub/deep/7?x=1', { id: '7' }],
    ['/files/a/b%2Fc/d', { path: 'a/b/c/d' }],
  ] as const
  for (const [target, params] of cases) {
    const client = await RawConnection.upgrade({ port }, target)
    const told = JSON.parse((await client.message()) ?? '')
    assert.deepEqual(told, { path: target.split('?')[0], params, url: target })
    await end(client)
  }
  await close()
})

test('express-session: its cookie goes out on the 101, its data is saved and there on the next upgrade', async () => {
  const store = new session.MemoryStore()
  const { port, close } = await start(({ app, upgrade }) => {
    app.use(
      session({
        secret: 'a secret',
        store,
        resave: false,
        saveUninitialized: true,
        cookie: { httpOnly: true },
      }),
    )
    app.use((req, _res, next) => {
      req.session.visits = (req.session.visits ?? 0) + 1
      next()
    })
    app.get(
      '/ws',
      upgrade(
        defineSession<unknown, ExpressContext>({ open: (s) => s.send(`${s.context.req.session.visits}`) }),
      ),
    )
  })
  const first = await RawConnection.open({ port })
  first.write(upgradeRequest('/ws'))
  const { status, headers } = await first.head()
  assert.equal(status, 101)
  assert.equal(headers['set-cookie']?.length, 1)
  const cookie = headers['set-cookie']?.[0]?.split(';')[0]
  assert.match(cookie ?? '', /^connect\.sid=/)
  assert.equal(await first.message(), '1')
  const second = await RawConnection.upgrade({ port }, '/ws', [`Cookie: ${cookie}`])
  assert.equal(await second.message(), '2')
  await Promise.all([end(first), end(second)])
  await close()
})

test('cookie-parser and a guard decide before the 101, on what the host has parsed', async () => {
  const guard: RequestHandler = (req, res, next) => {
    if (req.signedCookies.token === 'demo') next()
    else res.status(401).set('WWW-Authenticate', 'Cookie realm="demo"').json({ error: 'no token' })
  }
  const { port, sessions, close } = await start(({ app, upgrade }) => {
    app.use(cookieParser('key'))
    app.get('/ws', guard, upgrade(echo))
  })
  const refused = await exchange({ port }, upgradeRequest('/ws'))
  assert.equal(refused.status, 401)
  assert.equal(refused.body, '{"error":"no token"}')
  assert.deepEqual(refused.headers['content-type'], ['application/json; charset=utf-8'])
  assert.deepEqual(refused.headers['www-authenticate'], ['Cookie realm="demo"'])
  const { createHmac } = await import('node:crypto')
  const signature = createHmac('sha256', 'key').update('demo').digest('base64').replace(/=+$/, '')
  const cookie = encodeURIComponent(`s:demo.${signature}`)
  await end(await RawConnection.upgrade({ port }, '/ws', [`Cookie: token=${cookie}`]))
  await until(() => sessions.counters().closed === 1, 'the close')
  await close()
})

test('passport: the user is on the request of the session, a failure is its own 401', async () => {
  const authenticator = new passport.Passport()
  authenticator.use('token', {
    name: 'token',
    authenticate(this: passport.StrategyCreated<passport.Strategy>, req) {
      setImmediate(() => {
        if (req.headers.authorization === 'Bearer good') this.success({ name: 'ada' })
        else this.fail('Bearer realm="users"')
      })
    },
  })
  const { port, close } = await start(({ app, upgrade }) => {
    app.use(authenticator.initialize())
    app.get(
      '/ws',
      authenticator.authenticate('token', { session: false }),
      upgrade(
        defineSession<unknown, ExpressContext>({ open: (s) => s.send(JSON.stringify(s.context.req.user)) }),
      ),
    )
  })
  const refused = await exchange({ port }, upgradeRequest('/ws'))
  assert.equal(refused.status, 401)
  assert.deepEqual(refused.headers['www-authenticate'], ['Bearer realm="users"'])
  assert.equal(refused.body, 'Unauthorized')
  const client = await RawConnection.upgrade({ port }, '/ws', ['Authorization: Bearer good'])
  assert.equal(await client.message(), '{"name":"ada"}')
  await end(client)
  await close()
})

test('express-rate-limit: its headers are on the 101, its 429 arrives whole', async () => {
  const { port, close } = await start(({ app, upgrade }) => {
    app.use(
      rateLimit({
        windowMs: 60_000,
        limit: 2,
        standardHeaders: 'draft-8',
        legacyHeaders: true,
        message: { slow: 'down' },
      }),
    )
    app.get('/ws', upgrade(echo))
  })
  for (const left of ['1', '0']) {
    const client = await RawConnection.open({ port })
    client.write(upgradeRequest('/ws'))
    const { status, headers } = await client.head()
    assert.equal(status, 101)
    assert.deepEqual(headers['x-ratelimit-remaining'], [left])
    await end(client)
  }
  const refused = await exchange({ port }, upgradeRequest('/ws'))
  assert.equal(refused.status, 429)
  assert.equal(refused.body, '{"slow":"down"}')
  assert.equal(refused.headers['retry-after']?.length, 1)
  assert.equal(refused.headers['ratelimit-policy']?.length, 1)
  await close()
})

test('whoever waits for the response hears of the 101, and headers are on it whether anybody waits or not', async () => {
  const seen: string[] = []
  const onlookers: readonly RequestHandler[] = [
    (_req, _res, next) => next(),
    (_req, res, next) => {
      res.on('finish', () => seen.push(`finish ${res.statusCode} ${res.headersSent}`))
      next()
    },
    (_req, res, next) => {
      res.on('close', () => seen.push('close'))
      next()
    },
    (_req, res, next) => {
      const { end } = res
      res.end = (...args: readonly unknown[]) => {
        seen.push('end')
        return Reflect.apply(end, res, args)
      }
      next()
    },
    (_req, res, next) => {
      const { writeHead } = res
      res.writeHead = (...args: readonly unknown[]) => {
        seen.push('writeHead')
        res.setHeader('X-Late', 'yes')
        return Reflect.apply(writeHead, res, args)
      }
      next()
    },
  ]
  for (const fastPath of [true, false]) {
    for (const [at, onlooker] of onlookers.entries()) {
      seen.length = 0
      const { port, close } = await start(
        ({ app, upgrade }) => {
          app.use(onlooker, (_req, res, next) => {
            res.append('Set-Cookie', 'a=1').append('Set-Cookie', 'b=2').set('X-Number', '7')
            next()
          })
          app.get('/ws', upgrade(echo))
        },
        { fastPath },
      )
      const connection = await RawConnection.open({ port })
      connection.write(upgradeRequest('/ws'))
      const { status, headers } = await connection.head()
      assert.equal(status, 101)
      assert.deepEqual(headers['set-cookie'], ['a=1', 'b=2'])
      assert.deepEqual(headers['x-number'], ['7'])
      assert.deepEqual(headers['x-late'], at === 4 ? ['yes'] : undefined)
      connection.send(1, 'hello')
      assert.equal(await connection.message(), 'hello')
      await until(() => at === 0 || seen.length > 0, 'what is waited for')
      assert.deepEqual(seen, [[], ['finish 101 true'], ['close'], ['end'], ['writeHead']][at])
      connection.reset()
      await close()
    }
  }
})

test('the error handler sees a failed authorize with its cause, and may answer in its own way', async () => {
  const cause = new Error('the database is on fire')
  const seen: unknown[] = []
  const handler: ErrorRequestHandler = (error, _req, res, _next) => {
    seen.push(error)
    res.status(502).json({ code: error.code })
  }
  const { port, close } = await start(({ app, upgrade }) => {
    app.get('/ws', upgrade(defineSession({ authorize: () => Promise.reject(cause) })))
    app.use(handler)
  })
  const answer = await exchange({ port }, upgradeRequest('/ws'))
  assert.equal(answer.status, 502)
  assert.equal(answer.body, '{"code":"ES_ERR_AUTHORIZE"}')
  const [error] = seen
  assert.ok(error instanceof EchoSessionError)
  assert.equal(error.cause, cause)
  assert.equal(error.status, 500)
  await close()
})

for (const env of ['development', 'production']) {
  test(`the default error handler in ${env} shows the client nothing of what failed`, async (t) => {
    const log = t.mock.method(console, 'error', () => {})
    const { port, close } = await start(({ app, upgrade }) => {
      app.set('env', env)
      const secret = 'postgres://user:hunter2@db'
      app.get('/ws', upgrade(defineSession({ authorize: () => Promise.reject(new Error(secret)) })))
    })
    const answer = await exchange({ port }, upgradeRequest('/ws'))
    assert.equal(answer.status, 500)
    assert.doesNotMatch(answer.raw, /hunter2|\.js:\d|node_modules|\/packages\//)
    assert.equal(log.mock.callCount(), 1)
    await close()
  })
}

test('middleware that throws, rejects or passes an error on is answered by the error handler', async () => {
  const { port, sessions, close } = await start(({ app, upgrade }) => {
    app.get('/throws', () => {
      throw new Error('no')
    })
    app.get('/rejects', async () => {
      await turn()
      throw new Error('no')
    })
    app.get('/passes', (_req, _res, next) => next(Object.assign(new Error('no'), { status: 418 })))
    app.use(upgrade(echo))
    app.use(
      ((error, _req, res, _next) =>
        void res.status(error.status ?? 500).end('handled')) satisfies ErrorRequestHandler,
    )
  })
  for (const [path, status] of [
    ['/throws', 500],
    ['/rejects', 500],
    ['/passes', 418],
  ] as const) {
    const answer = await exchange({ port }, upgradeRequest(path))
    assert.equal(answer.status, status)
    assert.equal(answer.body, 'handled')
  }
  assert.equal(sessions.counters().rejected, 0)
  await close()
})

test('middleware may redirect, stream a long body, or destroy the socket', async () => {
  const { port, close } = await start(({ app }) => {
    app.get('/elsewhere', (_req, res) => res.redirect(307, 'https://example.com/ws'))
    app.get('/long', async (_req, res) => {
      res.status(403)
      for (let count = 0; count < 50; count++) {
        if (!res.write('x'.repeat(10_000))) await once(res, 'drain')
      }
      res.end()
    })
    app.get('/gone', (req) => void req.socket.destroy())
    app.get('/broken', (req) => void req.socket.destroy(new Error('broken')))
    app.get('/cut', (_req, res) => void res.destroy())
  })
  const redirect = await exchange({ port }, upgradeRequest('/elsewhere'))
  assert.equal(redirect.status, 307)
  assert.deepEqual(redirect.headers.location, ['https://example.com/ws'])
  const long = await exchange({ port }, upgradeRequest('/long'))
  assert.equal(long.status, 403)
  assert.equal(long.body.length, 500_000)
  for (const path of ['/gone', '/broken', '/cut']) {
    const client = await RawConnection.open({ port })
    client.write(upgradeRequest(path))
    await client.gone()
    assert.equal(client.text, '')
  }
  await close()
})

test('middleware that answers while authorize runs wins, and the place is given back', async () => {
  const { port, sessions, close } = await start(({ app, upgrade }) => {
    app.use((_req, res, next) => {
      next()
      setImmediate(() => res.status(504).end('too slow'))
    })
    app.get('/ws', upgrade(defineSession({ authorize: () => new Promise(() => {}) })))
  })
  const answer = await exchange({ port }, upgradeRequest('/ws'))
  assert.equal(answer.status, 504)
  assert.equal(answer.body, 'too slow')
  assert.equal(sessions.counters().pending, 0)
  await close()
})

test('two handlers on one path are a fault of the app: the first has the session, the second is told', async () => {
  const errors: unknown[] = []
  const { port, close } = await start(({ app, upgrade }) => {
    app.get('/ws', (req, res, next) => {
      upgrade(defineSession({ authorize: () => turn() }))(req, res, next)
      upgrade(echo)(req, res, (error) => void errors.push(error))
    })
  })
  await end(await RawConnection.upgrade({ port }, '/ws'))
  assert.equal((errors[0] as EchoSessionError).code, 'ES_ERR_BINDING')
  await close()
})

test('a session that nothing has to be waited for is open when its handler returns', async () => {
  const sizes: number[] = []
  const { app, sessions, upgrade, port, close } = await start(() => {})
  app.get('/ws', (req, res, next) => {
    upgrade(echo)(req, res, next)
    sizes.push(sessions.size)
  })
  await end(await RawConnection.upgrade({ port }, '/ws'))
  assert.deepEqual(sizes, [1])
  await close()
})

test('an adapter that was never attached says so to the error handler, and the server goes on', async () => {
  const app = express()
  const seen: EchoSessionError[] = []
  const sessions = createSessions(quiet)
  app.get('/ws', createExpressAdapter(sessions).upgrade(echo))
  app.use(((error, _req, res, _next) => {
    seen.push(error)
    res.status(500).end()
  }) satisfies ErrorRequestHandler)
  const server = createServer(app)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = await RawConnection.open({ port })
  client.write(upgradeRequest('/ws'))
  assert.equal((await client.head()).status, 500)
  assert.equal(seen[0]?.code, 'ES_ERR_BINDING')
  assert.equal(sessions.counters().pending, 0)
  client.socket.destroy()
  server.close()
  await once(server, 'close')
})

test('a shutdown cuts a connection with half a request, and leaves nothing listening', async () => {
  const { port, server, close } = await start(({ app, upgrade }) => void app.get('/ws', upgrade(echo)), {
    closeTimeoutMs: 60,
  })
  const sockets: Socket[] = []
  server.on('connection', (socket: Socket) => sockets.push(socket))
  const half = await RawConnection.open({ port })
  half.write('GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\n')
  await until(() => sockets[0]?.bytesRead !== 0 && sockets.length === 1, 'half a request')
  await close()
  await half.gone()
  assert.equal(server.listenerCount('upgrade'), 0)
  assert.equal(server.listening, false)
})
