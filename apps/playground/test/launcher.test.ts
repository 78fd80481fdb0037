import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, it } from 'node:test'
import { connect, exchange, refused, ServerProcess } from 'demo-kit/testing'
import { findFreePorts } from './free-ports.js'

const MAIN = new URL('../dist/server/main.js', import.meta.url)
const NAMES = ['echo-node', 'echo-express', 'echo-fastify', 'echo-koa', 'echo-hono']
const READY = /Ctrl-C ends everything/

async function withPlayground(
  env: NodeJS.ProcessEnv,
  work: (playground: { process: ServerProcess; base: number; page: string }) => Promise<void>,
): Promise<void> {
  const base = await findFreePorts()
  const playground = ServerProcess.script(MAIN, env, ['--port', String(base)])
  try {
    await playground.output(READY)
    await work({ process: playground, base, page: `http://127.0.0.1:${base}` })
  } finally {
    await playground[Symbol.asyncDispose]()
  }
}

describe('launcher', { timeout: 240_000 }, () => {
  it('PG-1 serves the page and the five demos on six ports in a row, and says where each is', () =>
    withPlayground({}, async ({ process, base, page }) => {
      assert.match(process.stdout, new RegExp(`the page +http://127\\.0\\.0\\.1:${base}/\n`))
      for (const [index, name] of NAMES.entries()) {
        const url = `ws://127.0.0.1:${base + 1 + index}/ws`
        assert.match(process.stdout, new RegExp(`${name} +${url}\n`))
        const webSocket = await connect(url)
        const { bytes, isBinary } = await exchange(webSocket, 'hello')
        assert.equal(bytes.toString(), 'hello')
        assert.equal(isBinary, false)
        webSocket.terminate()
        const greeting = await (await fetch(url.replace('ws:', 'http:').replace('/ws', '/'))).text()
        assert.match(greeting, new RegExp(`^${name}: .* ${page}/\n$`))
      }
      const response = await fetch(page)
      assert.equal(response.status, 200)
      assert.match(response.headers.get('content-type') ?? '', /^text\/html/)
      assert.equal(process.stderr, '')
    }))

  it('PG-2 lets the page in on every demo under both of its names, and no other origin', () =>
    withPlayground({}, async ({ base }) => {
      for (let port = base + 1; port <= base + 5; port++) {
        const url = `ws://127.0.0.1:${port}/ws`
        for (const name of ['127.0.0.1', 'localhost'])
          (await connect(url, { origin: `http://${name}:${base}` })).terminate()
        for (const origin of ['null', `http://127.0.0.1:${base + 6}`, `https://localhost:${base}`])
          assert.equal((await refused(url, { origin })).status, 403)
      }
    }))

  it('PG-3 lets in besides the page whom ALLOWED_ORIGINS names', () =>
    withPlayground({ ALLOWED_ORIGINS: 'https://more.example' }, async ({ base }) => {
      const url = `ws://127.0.0.1:${base + 1}/ws`
      for (const origin of ['https://more.example', `http://127.0.0.1:${base}`])
        (await connect(url, { origin })).terminate()
    }))

  it('PG-4 serves the page with a policy that lets it load and connect to nothing else', () =>
    withPlayground({}, async ({ base, page }) => {
      for (const path of ['/', '/hosts.json', '/probe', '/nowhere']) {
        const { headers } = await fetch(`${page}${path}`)
        const policy = headers.get('content-security-policy') ?? ''
        assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self';/)
        assert.match(policy, new RegExp(`connect-src 'self' ws://127\\.0\\.0\\.1:${base + 1} `))
        assert.doesNotMatch(policy, /unsafe|\*|data:/)
        assert.equal(headers.get('x-content-type-options'), 'nosniff')
      }
    }))

  it('PG-5 answers what it does not have with 404, other methods with 405, and nothing outside of its folder', () =>
    withPlayground({}, async ({ page }) => {
      assert.equal((await fetch(`${page}/nowhere`)).status, 404)
      assert.equal((await fetch(`${page}/%2e%2e/server/main.js`)).status, 404)
      assert.equal((await fetch(`${page}/%2e%2e%2fserver%2fmain.js`)).status, 404)
      const posted = await fetch(page, { method: 'POST', body: 'x' })
      assert.equal(posted.status, 405)
      assert.equal(posted.headers.get('allow'), 'GET, HEAD')
    }))

  it('PG-6 reports the real answer to each known handshake, and makes no other', () =>
    withPlayground({}, async ({ page }) => {
      for (const [name, status, header, value] of [
        ['no-token', 401, 'www-authenticate', 'Bearer'],
        ['foreign-origin', 403, 'connection', 'close'],
        ['old-version', 426, 'sec-websocket-version', '13'],
        ['no-upgrade', 426, 'upgrade', 'websocket'],
      ] as const) {
        for (const host of NAMES) {
          const response = await fetch(`${page}/probe?host=${host}&case=${name}`)
          assert.equal(response.status, 200)
          const result = (await response.json()) as { status: number; headers: Record<string, string> }
          assert.equal(result.status, status, `${name} on ${host}`)
          assert.equal(result.headers[header], value, `${name} on ${host}`)
        }
      }
      for (const query of [
        '',
        'host=echo-koa',
        'host=echo-koa&case=constructor',
        'host=__proto__&case=no-token',
        'host=127.0.0.1:22&case=no-token',
      ]) {
        assert.equal((await fetch(`${page}/probe?${query}`)).status, 400)
      }
    }))

  it('PG-7 keeps one log of what happens on every demo', () =>
    withPlayground({}, async ({ process, base }) => {
      const webSocket = await connect(`ws://127.0.0.1:${base + 4}/ws`)
      await process.output(/echo-koa +open +#1 \/ws\n/)
      webSocket.close(1000, 'bye')
      await process.output(/echo-koa +close +#1 with 1000 \(bye\)\n/)
      await refused(`ws://127.0.0.1:${base + 5}/ws?token=secret`, { origin: 'http://other.example' })
      await process.output(/echo-hono +refuse +\/ws with 403 \(ES_ERR_ORIGIN\)\n/)
      assert.doesNotMatch(process.stdout, /secret/)
    }))

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`PG-8 drains all five on ${signal} and ends with code 0`, () =>
      withPlayground({}, async ({ process, base, page }) => {
        const clients = await Promise.all(
          NAMES.map((_, index) => connect(`ws://127.0.0.1:${base + 1 + index}/ws`)),
        )
        await (await fetch(page)).text()
        const closes = clients.map((client) => once(client, 'close'))
        process.signal(signal)
        process.signal(signal)
        for (const [code] of await Promise.all(closes)) assert.equal(code, 1001)
        assert.deepEqual(await process.exited, { code: 0, signal: null })
        for (const name of NAMES)
          assert.match(process.stdout, new RegExp(`${name} +ended +1 session closed\n`))
        assert.equal(process.stderr, '')
      }))
  }

  for (const [offset, who] of ['the page', ...NAMES].entries()) {
    it(`PG-9 says in one sentence that the port of ${who} is taken, and leaves nothing running`, async () => {
      const base = await findFreePorts()
      const taken = createServer().listen(base + offset, '127.0.0.1')
      await once(taken, 'listening')
      const refusing = ServerProcess.script(MAIN, {}, ['--port', String(base)])
      assert.deepEqual(await refusing.exited, { code: 1, signal: null })
      assert.equal(refusing.stdout, '')
      assert.equal(
        refusing.stderr,
        `${who} was to listen on port ${base + offset} (--port ${base}), but port ${base + offset} of 127.0.0.1 is already taken; choose another --port, whose next five ports are free as well, or another --host.\n`,
      )
      taken.close()
    })
  }

  for (const [line, sentence] of [
    [['--prot', '1'], /^There is no flag --prot; the flags are --port, --host and --help\.\n$/],
    [['-p', '1'], /^There is no flag -p; /],
    [['9000'], /^"9000" is not a flag; /],
    [['--port'], /^--port has no value; allowed is a whole number from 1 to 65530, /],
    [['--port', 'web'], /^--port is "web"; allowed is /],
    [['--port=0'], /^--port is "0"; allowed is /],
    [['--port=65531'], /^--port is "65531"; allowed is /],
    [['--port='], /^--port is ""; allowed is /],
    [['--host', 'a b'], /^--host is "a b"; allowed is /],
    [['--host='], /^--host is ""; allowed is /],
  ] as const) {
    it(`PG-10 refuses ${JSON.stringify(line)} in one sentence with exit code 1`, async () => {
      const refusing = ServerProcess.script(MAIN, {}, line)
      assert.deepEqual(await refusing.exited, { code: 1, signal: null })
      assert.match(refusing.stderr, sentence)
      assert.equal(refusing.stderr.trimEnd().split('\n').length, 1)
      assert.equal(refusing.stdout, '')
    })
  }

  it('PG-11 refuses a wrong setting of the environment in one sentence with exit code 1', async () => {
    const base = await findFreePorts()
    const refusing = ServerProcess.script(MAIN, { MAX_CONNECTIONS: 'many' }, ['--port', String(base)])
    assert.deepEqual(await refusing.exited, { code: 1, signal: null })
    assert.equal(
      refusing.stderr,
      'MAX_CONNECTIONS is "many"; allowed is a whole number from 1, or Infinity.\n',
    )
    assert.equal(refusing.stdout, '')
  })

  it('PG-12 refuses a host that is no address of this machine', async () => {
    const base = await findFreePorts()
    const line = ['--host', '203.0.113.1', '--port', String(base)]
    const refusing = ServerProcess.script(MAIN, {}, line)
    assert.deepEqual(await refusing.exited, { code: 1, signal: null })
    assert.match(
      refusing.stderr,
      /^echo-node was to listen on .* 203\.0\.113\.1 is no address of this machine; [^\n]+\n$/,
    )
  })

  it('PG-13 helps', async () => {
    const helping = ServerProcess.script(MAIN, {}, ['--help'])
    assert.deepEqual(await helping.exited, { code: 0, signal: null })
    assert.match(helping.stdout, /^Usage: npm start -- \[flags\]\n/)
    for (const flag of ['--port', '--host', '--help']) assert.ok(helping.stdout.includes(flag))
  })
})
