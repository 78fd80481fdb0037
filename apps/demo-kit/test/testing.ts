import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectSocket, createServer } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { WebSocket } from 'ws'
import { DEMOS, type DemoName, type StartDemo } from '../dist/index.js'
import { testChat } from './chat-conversation.js'
import { connect, exchange, refused } from './handshake.js'
import { ServerProcess } from './server-process.js'

export { ChatClient } from './chat-client.js'
export { connect, exchange, refused } from './handshake.js'
export { ServerProcess } from './server-process.js'

const DEADLINE = { timeout: 60_000 }
/** For all of a demo's tests together: each starts several processes, on a machine that may do other things. */
const SUITE_DEADLINE = { timeout: 240_000 }

/** Settings that are wrong, and what the demo is to say about each. */
const WRONG_SETTINGS: readonly (readonly [name: string, value: string, sentence: RegExp])[] = [
  ['PORT', 'http', /^PORT is "http"; allowed is a whole number from 0 to 65535\.\n$/],
  ['PORT', '65536', /^PORT is "65536"; allowed is a whole number from 0 to 65535\.\n$/],
  ['PORT', '', /^PORT is ""; allowed is /],
  ['HOST', 'a b', /^HOST is "a b"; allowed is /],
  [
    'HOST',
    '203.0.113.1',
    /^HOST is 203\.0\.113\.1, but 203\.0\.113\.1 is no address of this machine; [^\n]+\.\n$/,
  ],
  ['DEMO_TOKEN', '', /^DEMO_TOKEN is ""; allowed is /],
  [
    'MAX_CONNECTIONS',
    'many',
    /^MAX_CONNECTIONS is "many"; allowed is a whole number from 1, or Infinity\.\n$/,
  ],
  ['MAX_MESSAGE_BYTES', '1e6', /^MAX_MESSAGE_BYTES is "1e6"; allowed is /],
  ['MAX_FRAGMENTS', '0', /^MAX_FRAGMENTS is "0"; allowed is /],
  ['RELAY', 'localhost', /^RELAY is "localhost"; allowed is the address of a server, such as [^\n]+\.\n$/],
  ['COMPRESSION', 'yes', /^COMPRESSION is "yes"; allowed is 1 or 0\.\n$/],
  ['HEARTBEAT_INTERVAL_MS', '-1', /^HEARTBEAT_INTERVAL_MS is "-1"; allowed is /],
  ['ALLOWED_ORIGINS', 'example.com', /^ALLOWED_ORIGINS is "example\.com"; allowed is [^\n]+\.\n$/],
]

/** Runs a demo in a process of its own for the length of one function. */
async function withDemo<Result>(
  script: URL,
  env: NodeJS.ProcessEnv,
  work: (demo: {
    readonly process: ServerProcess
    readonly origin: string
    readonly url: string
  }) => Promise<Result>,
): Promise<Result> {
  const demo = ServerProcess.script(script, { PORT: '0', ...env })
  try {
    const [, authority] = await demo.output(/ws:\/\/(.+)\/ws\n/)
    return await work({ process: demo, origin: `http://${authority}`, url: `ws://${authority}` })
  } finally {
    await demo[Symbol.asyncDispose]()
  }
}

/** Registers the tests that every demo has to pass. */
export function testDemo(name: DemoName, start: StartDemo, script: URL): void {
  const run = <Result>(
    env: NodeJS.ProcessEnv,
    work: (demo: { process: ServerProcess; origin: string; url: string }) => Promise<Result>,
  ) => withDemo(script, env, work)

  describe(name, SUITE_DEADLINE, () => {
    let demo: ServerProcess
    let origin = ''
    let url = ''
    let slow: Promise<string>

    before(async () => {
      demo = ServerProcess.script(script, { PORT: '0' })
      const [, authority = ''] = await demo.output(/ws:\/\/(.+)\/ws\n/)
      origin = `http://${authority}`
      url = `ws://${authority}`
      slow = slowRequest(Number(authority.split(':')[1]))
    }, DEADLINE)
    after(() => demo[Symbol.asyncDispose]())

    it('APP-1 prints one line that says where it listens', () => {
      assert.match(demo.stdout, new RegExp(`^${name} listening on ws://127\\.0\\.0\\.1:\\d+/ws\\n$`))
      assert.equal(demo.stderr, '')
    })

    it('APP-2 echoes text as text and bytes as bytes, from none to the limit', async () => {
      const webSocket = await connect(`${url}/ws`)
      for (const text of ['', 'hello', 'smörgåsbord 你好 🙂', 'x'.repeat(65_536)]) {
        const { isBinary, bytes } = await exchange(webSocket, text)
        assert.equal(isBinary, false)
        assert.equal(bytes.toString(), text)
      }
      for (const size of [0, 1, 125, 126, 65_535, 65_536, 1_048_576]) {
        const sent = Buffer.alloc(size, 0xc3)
        const { isBinary, bytes } = await exchange(webSocket, sent)
        assert.equal(isBinary, true)
        assert.ok(bytes.equals(sent), `${size} bytes came back changed`)
      }
      webSocket.close(1000)
      const [code] = await once(webSocket, 'close')
      assert.equal(code, 1000)
    })

    it('APP-3 ends a session with 1009 for a message one byte over the limit', async () => {
      const webSocket = await connect(`${url}/ws`)
      webSocket.send(Buffer.alloc(1_048_577))
      const [code] = await once(webSocket, 'close')
      assert.equal(code, 1009)
    })

    for (const [how, headers] of [
      ['no token', {}],
      ['a wrong bearer token', { authorization: 'Bearer wrong' }],
      ['the token under another scheme', { authorization: 'Basic demo' }],
      ['a wrong cookie', { cookie: 'token=wrong' }],
      ['the token in a cookie of another name', { cookie: 'other=demo' }],
    ] as const) {
      it(`APP-4 answers 401 with WWW-Authenticate on /private to ${how}`, async () => {
        const { status, headers: answer, body } = await refused(`${url}/private`, { headers })
        assert.equal(status, 401)
        assert.equal(answer['www-authenticate'], 'Bearer')
        assert.match(answer['content-type'] ?? '', /^text\/plain/)
        assert.match(body, /Unauthorized/)
      })
    }

    for (const [how, headers] of [
      ['a bearer token', { authorization: 'Bearer demo' }],
      ['a bearer token with its scheme in small letters', { authorization: 'bearer demo' }],
      ['the cookie', { cookie: 'theme=dark; token=demo' }],
    ] as const) {
      it(`APP-5 opens /private to ${how}`, async () => {
        const webSocket = await connect(`${url}/private`, { headers })
        const { bytes } = await exchange(webSocket, 'inside')
        assert.equal(bytes.toString(), 'inside')
        webSocket.terminate()
      })
    }

    it('APP-6 takes the token from DEMO_TOKEN', () =>
      run({ DEMO_TOKEN: 'other' }, async (other) => {
        const given = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
        assert.equal((await refused(`${other.url}/private`, given('demo'))).status, 401)
        const webSocket = await connect(`${other.url}/private`, given('other'))
        webSocket.terminate()
      }))

    it('APP-7 names its adapter and its counters on /healthz', async () => {
      const webSocket = await connect(`${url}/ws`)
      await exchange(webSocket, 'counted')
      const response = await fetch(`${origin}/healthz`)
      assert.equal(response.status, 200)
      assert.match(response.headers.get('content-type') ?? '', /^application\/json/)
      const { adapter, draining, counters } = (await response.json()) as {
        adapter: string
        draining: boolean
        counters: Record<string, number>
      }
      assert.equal(adapter, DEMOS[name].adapter)
      assert.equal(draining, false)
      assert.ok(Number(counters.active) >= 1)
      assert.ok(Number(counters.messagesIn) >= 1)
      assert.equal(counters.messagesIn, counters.messagesOut)
      webSocket.terminate()
    })

    it('APP-8 says on / in one line what it is and where the page is', async () => {
      const response = await fetch(`${origin}/`)
      assert.equal(response.status, 200)
      assert.match(response.headers.get('content-type') ?? '', /^text\/plain/)
      const text = await response.text()
      assert.ok(text.startsWith(`${name}: a WebSocket echo on ${DEMOS[name].title} at ${url}/ws `), text)
      assert.match(text, /http:\/\/127\.0\.0\.1:8080\/\n$/)
      assert.equal(text.trimEnd().split('\n').length, 1)
    })

    it('APP-9 answers a plain GET of /ws with 426, and what is nowhere with 404', async () => {
      const plain = await fetch(`${origin}/ws`)
      assert.equal(plain.status, 426)
      assert.equal(plain.headers.get('upgrade'), 'websocket')
      assert.equal((await fetch(`${origin}/nowhere`)).status, 404)
      assert.equal((await refused(`${url}/nowhere`)).status, 404)
    })

    it('APP-10 lets its own origin in, and others only when they are listed', async () => {
      ;(await connect(`${url}/ws`, { origin })).terminate()
      assert.equal((await refused(`${url}/ws`, { origin: 'http://127.0.0.1:1' })).status, 403)
      await run({ ALLOWED_ORIGINS: 'same-origin, http://page.example:8080' }, async (listed) => {
        for (const allowed of [listed.origin, 'http://page.example:8080']) {
          ;(await connect(`${listed.url}/ws`, { origin: allowed })).terminate()
        }
        assert.equal((await refused(`${listed.url}/ws`, { origin: 'http://page.example' })).status, 403)
      })
    })

    it('APP-11 takes its limits from the environment', () =>
      run(
        {
          MAX_CONNECTIONS: '1',
          MAX_MESSAGE_BYTES: '1024',
          MAX_FRAGMENTS: '2',
          HEARTBEAT_INTERVAL_MS: '20',
          COMPRESSION: '1',
        },
        async (limited) => {
          const webSocket = await connect(`${limited.url}/ws`, { perMessageDeflate: true })
          assert.match(webSocket.extensions, /permessage-deflate/)
          await once(webSocket, 'ping')
          const second = await refused(`${limited.url}/ws`)
          assert.equal(second.status, 503)
          assert.match(second.headers['retry-after'] ?? '', /^\d+$/)
          webSocket.send(Buffer.alloc(1_025))
          const [code] = await once(webSocket, 'close')
          assert.equal(code, 1009)
          const third = await connectWhenFree(`${limited.url}/ws`)
          for (const isLast of [false, false, true]) third.send('piece', { fin: isLast })
          const [fragments] = await once(third, 'close')
          assert.equal(fragments, 1008)
        },
      ))

    for (const [variable, value, sentence] of WRONG_SETTINGS) {
      it(`APP-12 refuses ${variable}=${value} with one sentence and exit code 1`, async () => {
        const refusing = ServerProcess.script(script, { PORT: '0', [variable]: value })
        assert.deepEqual(await refusing.exited, { code: 1, signal: null })
        assert.match(refusing.stderr, sentence)
        assert.equal(refusing.stderr.trimEnd().split('\n').length, 1)
        assert.equal(refusing.stdout, '')
      })
    }

    it('APP-13 refuses a taken port with one sentence and exit code 1', async () => {
      const taken = createServer().listen(0, '127.0.0.1')
      await once(taken, 'listening')
      const address = taken.address()
      const port = typeof address === 'object' ? String(address?.port) : ''
      const refusing = ServerProcess.script(script, { PORT: port })
      assert.deepEqual(await refusing.exited, { code: 1, signal: null })
      const sentence = `PORT is ${port}, but port ${port} of 127.0.0.1 is already taken; choose a free one, or stop the program that has it.\n`
      assert.equal(refusing.stderr, sentence)
      assert.equal(refusing.stdout, '')
      taken.close()
    })

    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      it(`APP-14 drains on ${signal}, also when it comes twice: 1001 for each client, exit code 0`, () =>
        run({}, async (ending) => {
          const clients = await Promise.all([connect(`${ending.url}/ws`), connect(`${ending.url}/ws`)])
          const idle = connectSocket(Number(new URL(ending.url).port), '127.0.0.1')
          await once(idle, 'connect')
          idle.on('error', () => {})
          const closes = clients.map((client) => once(client, 'close'))
          ending.process.signal(signal)
          ending.process.signal(signal)
          for (const [code] of await Promise.all(closes)) assert.equal(code, 1001)
          assert.deepEqual(await ending.process.exited, { code: 0, signal: null })
          assert.equal(ending.process.stderr, '')
          assert.equal(ending.process.stdout.split('\n').length, 2)
          idle.destroy()
        }))
    }

    it('APP-15 ends on SIGTERM though a client is in the middle of its request', () =>
      run({}, async (ending) => {
        const half = connectSocket(Number(new URL(ending.url).port), '127.0.0.1')
        half.on('error', () => {})
        half.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n')
        // An answered request is proof that the half of one sent before it has arrived.
        await (await fetch(`${ending.origin}/`)).text()
        assert.deepEqual(await ending.process.stop(), { code: 0, signal: null })
      }))

    it('APP-16 is reached by signals also through npm start', async () => {
      const through = ServerProcess.npmStart(new URL('..', script), { PORT: '0' })
      try {
        const [, url = ''] = await through.output(/(ws:.+)\n/)
        const webSocket = await connect(url)
        const closed = once(webSocket, 'close')
        through.signal('SIGTERM')
        assert.equal((await closed)[0], 1001)
        assert.deepEqual(await through.exited, { code: 0, signal: null })
      } finally {
        await through[Symbol.asyncDispose]()
      }
    })

    it('APP-17 starts in this process, and ends leaving nothing behind', async () => {
      const lines: string[] = []
      const opened: number[] = []
      const running = await start({
        port: 0,
        host: '127.0.0.1',
        env: { PORT: 'not looked at', MAX_CONNECTIONS: '7' } as NodeJS.ProcessEnv,
        log: (line) => lines.push(line),
        observer: { onOpen: ({ id }) => opened.push(id) },
      }).catch((error: Error) => error.message)
      assert.equal(running, 'PORT is "not looked at"; allowed is a whole number from 0 to 65535.')
      const second = await start({
        port: 0,
        env: { MAX_CONNECTIONS: '7' },
        log: (line) => lines.push(line),
        observer: { onOpen: ({ id }) => opened.push(id) },
      })
      assert.deepEqual(lines, [`${name} listening on ${second.url}`])
      assert.equal(second.name, name)
      assert.equal(second.sessions.options.maxConnections, 7)
      const webSocket = await connect(second.url)
      assert.equal(opened.length, 1)
      const closed = once(webSocket, 'close')
      assert.equal((await second.close()).closed, 1)
      assert.equal((await closed)[0], 1001)
      const gone = new WebSocket(second.url)
      const [error] = await once(gone, 'error')
      assert.equal(error.code, 'ECONNREFUSED')
    })

    it('APP-18 answers 408 to a client that sends its headers too slowly', async () => {
      assert.match(await slow, /^HTTP\/1\.1 408 /)
    })

    testChat(() => url)
  })
}

/** Begins a request, never ends it, and resolves with what comes back. */
function slowRequest(port: number): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = connectSocket(port, '127.0.0.1')
    socket.setEncoding('latin1').on('data', (text: string) => {
      answer += text
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(answer))
    socket.write('GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\n')
  })
}

/** Connects as soon as the server has room. */
async function connectWhenFree(url: string): Promise<WebSocket> {
  for (;;) {
    try {
      return await connect(url)
    } catch {
      // Its only place is still taken by a session that is closing.
    }
  }
}
