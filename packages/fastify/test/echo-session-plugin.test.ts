import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { createSessions, defineSession, EchoSessionError, reject } from '@echosession/core'
import { echoSessionPlugin } from '@echosession/fastify'
import {
  encodeFrame,
  exchange,
  isCollected,
  Opcode,
  ProcessWatch,
  RawConnection,
  turn,
  until,
  upgradeRequest,
  within,
} from '@echosession/probe'
import cookie from '@fastify/cookie'
import session from '@fastify/session'
import websocket from '@fastify/websocket'
import fastify, { type FastifyInstance, type FastifyRequest, type FastifyServerOptions } from 'fastify'

declare module 'fastify' {
  interface Session {
    visits?: number
  }
  interface FastifyRequest {
    user?: string
  }
}

const watch = new ProcessWatch()
after(() => watch.stop())

const echo = defineSession({
  message(session, message) {
    session.send(message)
  },
})
const tell = defineSession<unknown, FastifyRequest>({
  open(session) {
    const { path, params } = session.request
    session.send(JSON.stringify({ path, params: { ...params }, url: session.context.url }))
  },
})

async function start(fill: (app: FastifyInstance) => unknown, options: FastifyServerOptions = {}) {
  const sessions = createSessions({ observer: { onError: () => {} } })
  const app = fastify(options)
  await app.register(echoSessionPlugin, { sessions })
  await fill(app)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  return { sessions, app, port, close: () => within(app.close(), 'the shutdown') }
}

async function end(client: RawConnection): Promise<void> {
  client.close(1000)
  await client.gone()
}

test('sessions of encapsulated plugins have their prefixes, parameters and only their own hooks', async () => {
  const ran: string[] = []
  const { port, close } = await start((app) => {
    app.register(
      async (team) => {
        team.addHook('onRequest', async () => void ran.push('team'))
        team.register(
          async (room) => {
            room.addHook('preHandler', async () => void ran.push('room'))
            room.session('/:room', tell)
          },
          { prefix: '/rooms' },
        )
      },
      { prefix: '/teams/:team' },
    )
    app.session('/plain', tell)
  })
  const client = await RawConnection.upgrade({ port }, '/teams/a%20b/rooms/%C3%BC?x=1')
  assert.deepEqual(JSON.parse((await client.message()) ?? ''), {
    path: '/teams/a%20b/rooms/%C3%BC',
    params: { team: 'a b', room: 'ü' },
    url: '/teams/a%20b/rooms/%C3%BC?x=1',
  })
  assert.deepEqual(ran, ['team', 'room'])
  const plain = await RawConnection.upgrade({ port }, '/plain')
  assert.deepEqual(ran, ['team', 'room'])
  await Promise.all([end(client), end(plain)])
  await close()
})

test('every hook of a route runs, in order, before the 101', async () => {
  const ran: string[] = []
  const hook = (name: string) => async () => {
    await turn()
    ran.push(name)
  }
  const { port, close } = await start((app) => {
    app.addHook('onRequest', hook('onRequest'))
    app.addHook('preParsing', hook('preParsing'))
    app.addHook('preValidation', hook('preValidation'))
    app.addHook('preHandler', hook('preHandler'))
    app.addHook('onSend', hook('onSend'))
    app.addHook('onResponse', hook('onResponse'))
    const own = defineSession({
      authorize: () => void ran.push('authorize'),
      open: () => void ran.push('open'),
    })
    app.session('/ws', own, {
      onRequest: hook('route onRequest'),
      preHandler: [hook('route preHandler')],
      onSend: async (_request, reply) => void reply.header('X-Sent', 'yes'),
    })
  })
  const client = await RawConnection.open({ port })
  client.write(upgradeRequest('/ws'))
  const { status, headers } = await client.head()
  assert.equal(status, 101)
  assert.deepEqual(headers['x-sent'], ['yes'])
  await until(() => ran.length === 10, 'every hook')
  assert.deepEqual(ran.slice(0, 8), [
    'onRequest',
    'route onRequest',
    'preParsing',
    'preValidation',
    'preHandler',
    'route preHandler',
    'authorize',
    'onSend',
  ])
  client.send(1, 'x')
  await end(client)
  await close()
})

for (const name of ['onRequest', 'preParsing', 'preValidation', 'preHandler', 'onSend'] as const) {
  test(`an ${name} hook may refuse with its own answer, or fail into the error handler`, async () => {
    const { port, sessions, close } = await start((app) => {
      app.setErrorHandler((error: Error, _request, reply) => reply.code(418).send(`handled ${error.message}`))
      app.addHook(name as 'onRequest', async (request, reply) => {
        if (request.url === '/fails') throw new Error('no')
        if (request.url === '/refuses' && name !== 'onSend') {
          return reply.code(401).header('WWW-Authenticate', 'Bearer').send({ error: 'no token' })
        }
      })
      app.session('/fails', echo)
      app.session('/refuses', name === 'onSend' ? defineSession({ authorize: () => reject(401) }) : echo)
      app.session('/fine', echo)
    })
    const failed = await exchange({ port }, upgradeRequest('/fails'))
    assert.ok([418, 500].includes(failed.status), `${failed.status}`)
    const refused = await exchange({ port }, upgradeRequest('/refuses'))
    assert.equal(refused.status, 401)
    assert.deepEqual(refused.headers['www-authenticate'], ['Bearer'])
    if (name !== 'onSend') assert.equal(refused.body, '{"error":"no token"}')
    await end(await RawConnection.upgrade({ port }, '/fine'))
    await until(() => sessions.counters().closed === 1 && sessions.counters().pending === 0, 'the close')
    assert.equal(sessions.counters().opened, 1)
    await close()
  })
}

test('@fastify/cookie and @fastify/session: their cookies go out on the 101 and come back', async () => {
  const { port, close } = await start(async (app) => {
    await app.register(cookie, { secret: 'key' })
    await app.register(session, {
      secret: 'a secret that is at least 32 characters',
      cookie: { secure: false },
    })
    app.addHook('preHandler', async (request, reply) => {
      request.session.visits = (request.session.visits ?? 0) + 1
      reply.setCookie('seen', 'yes', { signed: true })
    })
    app.session(
      '/ws',
      defineSession<unknown, FastifyRequest>({
        open: (s) => s.send(`${s.context.session.visits} ${s.context.cookies.seen !== undefined}`),
      }),
    )
  })
  const first = await RawConnection.open({ port })
  first.write(upgradeRequest('/ws'))
  const { status, headers } = await first.head()
  assert.equal(status, 101)
  assert.equal(await first.message(), '1 false')
  const cookies = (headers['set-cookie'] ?? []).map((line) => line.split(';')[0])
  assert.deepEqual(cookies.map((line) => line?.split('=')[0]).sort(), ['seen', 'sessionId'])
  const second = await RawConnection.upgrade({ port }, '/ws', [`Cookie: ${cookies.join('; ')}`])
  assert.equal(await second.message(), '2 true')
  await Promise.all([end(first), end(second)])
  await close()
})

test('a decorated request and the principal reach the session', async () => {
  const { port, close } = await start((app) => {
    app.decorateRequest('user')
    app.addHook('onRequest', async (request) => {
      request.user = 'ada'
    })
    app.session(
      '/ws',
      defineSession<string, FastifyRequest>({
        authorize: (_request, { context }) => `principal ${context.user}`,
        open: (s) => s.send(`${s.principal}, ${s.context.user}`),
      }),
    )
  })
  const client = await RawConnection.upgrade({ port }, '/ws')
  assert.equal(await client.message(), 'principal ada, ada')
  await end(client)
  await close()
})

test('the error handler and onError see a failed authorize with its cause; by default the client learns nothing', async () => {
  const cause = new Error('postgres://user:hunter2@db')
  const seen: unknown[] = []
  const { port, close } = await start((app) => {
    app.addHook('onError', async (_request, _reply, error) => void seen.push(error))
    app.session('/ws', defineSession({ authorize: () => Promise.reject(cause) }))
    app.register(async (own) => {
      own.setErrorHandler((error: EchoSessionError, _request, reply) => reply.code(502).send(error.code))
      own.session('/own', defineSession({ authorize: () => Promise.reject(cause) }))
    })
  })
  const plain = await exchange({ port }, upgradeRequest('/ws'))
  assert.equal(plain.status, 500)
  assert.doesNotMatch(plain.raw, /hunter2|\.js:\d/)
  const own = await exchange({ port }, upgradeRequest('/own'))
  assert.equal(own.status, 502)
  assert.equal(own.body, 'ES_ERR_AUTHORIZE')
  for (const error of seen) {
    assert.ok(error instanceof EchoSessionError)
    assert.equal(error.cause, cause)
  }
  assert.equal(seen.length, 2)
  await close()
})

test("a route's schema refuses what does not fit", async () => {
  const { port, close } = await start((app) => {
    const querystring = {
      type: 'object',
      required: ['version'],
      properties: { version: { type: 'integer' } },
    }
    app.session('/ws', echo, { schema: { querystring } })
  })
  assert.equal((await exchange({ port }, upgradeRequest('/ws?version=x'))).status, 400)
  assert.equal((await exchange({ port }, upgradeRequest('/ws'))).status, 400)
  await end(await RawConnection.upgrade({ port }, '/ws?version=1'))
  await close()
})

test('websocket routes of the plugin work beside sessions, with early frames, their close, and refusals', async () => {
  const heard: string[] = []
  const { port, sessions, close } = await start((app) => {
    app.session('/ws', echo)
    app.get('/own', { websocket: true }, (socket) => {
      socket.on('message', (data) => {
        heard.push(`${data}`)
        socket.send(`own ${data}`)
      })
      socket.on('close', (code) => heard.push(`${code}`))
    })
    app.get(
      '/guarded',
      { websocket: true, preHandler: async (_request, reply) => reply.code(401).send('no') },
      () => {},
    )
    app.get('/page', () => 'a page')
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
  assert.equal((await exchange({ port }, upgradeRequest('/guarded'))).status, 401)
  const page = await RawConnection.open({ port })
  page.write(upgradeRequest('/page'))
  assert.ok([200, 101].includes((await page.head()).status))
  page.reset()
  assert.equal(sessions.counters().opened, 0)
  await close()
})

test('injectWS connects without a port, to a session and to a route of the plugin', async () => {
  const sessions = createSessions()
  const app = fastify()
  await app.register(echoSessionPlugin, { sessions })
  app.session('/ws', echo)
  app.session('/no', defineSession({ authorize: () => reject(403) }))
  app.get('/own', { websocket: true }, (socket) => {
    socket.on('message', (data) => socket.send(`own ${data}`))
  })
  await app.ready()
  for (const [path, answer] of [
    ['/ws', 'hello'],
    ['/own', 'own hello'],
  ] as const) {
    const client = await app.injectWS(path)
    const message = once(client, 'message')
    client.send('hello')
    assert.equal(`${(await within(message, 'an answer'))[0]}`, answer)
    client.terminate()
  }
  await assert.rejects(app.injectWS('/no'), /403/)
  await assert.rejects(app.injectWS('/nowhere'), /404/)
  await within(app.close(), 'the shutdown')
  assert.equal(sessions.counters().pending, 0)
})

test("close drains: 1001 before the server ends, the plugin's own clients too, other preClose hooks run", async () => {
  let hooks = 0
  const { port, app, sessions, close } = await start((app) => {
    app.addHook('preClose', async () => void hooks++)
    app.addHook('onClose', async () => void hooks++)
    app.session('/ws', echo)
    app.get('/own', { websocket: true }, () => {})
  })
  const ours = await RawConnection.upgrade({ port }, '/ws')
  const theirs = await RawConnection.upgrade({ port }, '/own')
  const closing = close()
  assert.equal((await ours.closed()).code, 1001)
  ours.close(1001)
  await theirs.closed()
  theirs.close(1000)
  await closing
  assert.equal(hooks, 2)
  assert.equal(sessions.draining, true)
  assert.equal(app.server.listenerCount('upgrade'), 0)
  await Promise.all([ours.gone(), theirs.gone()])
})

test('every address that Fastify listens on for localhost leads to the session', async () => {
  const sessions = createSessions()
  const app = fastify()
  await app.register(echoSessionPlugin, { sessions })
  app.session('/ws', echo)
  await app.listen({ port: 0, host: 'localhost' })
  for (const { address, port } of app.addresses() as AddressInfo[]) {
    await end(await RawConnection.upgrade({ host: address, port }, '/ws'))
  }
  assert.equal(sessions.counters().opened, app.addresses().length)
  await within(app.close(), 'the shutdown')
})

test('options of @fastify/websocket concern its own routes; registering it besides is refused by name', async () => {
  const app = fastify()
  await app.register(websocket)
  await assert.rejects(
    async () => void (await app.register(echoSessionPlugin, { sessions: createSessions() })),
    (error) => error instanceof EchoSessionError && error.code === 'ES_ERR_BINDING',
  )
  await app.close()
  const sessions = createSessions()
  const other = fastify()
  await other.register(echoSessionPlugin, { sessions, websocket: { options: { maxPayload: 4 } } })
  other.session('/ws', echo)
  other.get('/own', { websocket: true }, () => {})
  await other.listen({ port: 0, host: '127.0.0.1' })
  const { port } = other.server.address() as AddressInfo
  const ours = await RawConnection.upgrade({ port }, '/ws')
  ours.send(1, 'longer than four')
  assert.equal(await ours.message(), 'longer than four')
  const theirs = await RawConnection.upgrade({ port }, '/own')
  theirs.send(1, 'longer than four')
  // The plugin itself cuts a client that breaks its limit.
  await theirs.gone()
  await end(ours)
  await within(other.close(), 'the shutdown')
})

test('a reply that streams a long refusal is delivered whole', async () => {
  const { port, close } = await start((app) => {
    app.addHook('onRequest', async (_request, reply) => {
      const { Readable } = await import('node:stream')
      return reply.code(403).send(Readable.from(Array.from({ length: 50 }, () => Buffer.alloc(10_000, 120))))
    })
    app.session('/ws', echo)
  })
  const answer = await exchange({ port }, upgradeRequest('/ws'))
  assert.equal(answer.status, 403)
  assert.equal(answer.body.length, 500_000)
  await close()
})

test('a HEAD or GET of a session is a 426 on Fastify too, behind its hooks', async () => {
  let hooks = 0
  const { port, close } = await start((app) => {
    app.addHook('onRequest', async () => void hooks++)
    app.session('/ws', echo)
  })
  for (const method of ['GET', 'HEAD']) {
    const answer = await exchange({ port }, `${method} /ws HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
    assert.equal(answer.status, 426)
  }
  assert.equal(hooks, 2)
  await close()
})

test('an open session keeps its request, and nothing of the response that its handshake was answered with', async () => {
  const responses: WeakRef<object>[] = []
  const { port, close } = await start((app) => {
    app.addHook('onRequest', async (_request, reply) => {
      responses.push(new WeakRef(reply.raw))
    })
    app.session('/ws', echo)
  })
  const client = await RawConnection.upgrade({ port }, '/ws')
  const [response] = responses
  assert.ok(response)
  assert.equal(await isCollected(response), true)
  client.send(Opcode.text, 'still here')
  assert.equal(await client.message(), 'still here')
  await end(client)
  await close()
})
