// @needs redis-server
// @needs nats-server
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ChatClient, refused, ServerProcess } from 'demo-kit/testing'
import { EngineServer } from '../dist/engine-server.js'

const SCRIPT = new URL('../dist/main.js', import.meta.url)
const HOSTS = ['Express 5', 'Fastify 5', 'Koa 3', 'Hono 4']

const run = (...line: readonly string[]) => ServerProcess.script(SCRIPT, {}, line)

const pidsOf = (text: string) => [...text.matchAll(/\(process (\d+)\)/g)].map(([, pid]) => Number(pid))

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const WRONG: readonly (readonly [line: readonly string[], sentence: RegExp])[] = [
  [['--engine', 'kafka'], /^--engine is "kafka"; allowed is redis or nats\.\n$/],
  [['--engine'], /^--engine has no value; allowed is redis or nats\.\n$/],
  [['--url', 'http://127.0.0.1'], /^--url is "http:\/\/127\.0\.0\.1"; allowed is an address such as redis:/],
  [
    ['--engine', 'nats', '--url', 'redis://a'],
    /^--url is "redis:\/\/a"; allowed is an address such as nats:/,
  ],
  [['--port', '70000'], /^--port is "70000"; allowed is a whole number from 0 to 65532/],
  [['--serve=1'], /^--serve takes no value\.\n$/],
  [['--four'], /^There is no flag --four; the flags are --engine, --url, --serve, --port and --help\.\n$/],
  [['four'], /^"four" is not a flag; /],
  [
    ['--url', 'redis://:secret@127.0.0.1:1'],
    /^No Redis is reached at redis:\/\/\*\*\*@127\.0\.0\.1:1; start redis-/,
  ],
  [
    ['--url', 'nats://127.0.0.1:1'],
    /^No NATS is reached at nats:\/\/127\.0\.0\.1:1; start nats-server there, /,
  ],
]

describe('npm run demo:cluster', { timeout: 120_000 }, () => {
  for (const engine of ['redis', 'nats'] as const) {
    it(`CLUSTER-1 shows one conversation crossing four processes on ${engine}, and leaves nothing running`, async () => {
      const demo = run('--engine', engine)
      assert.deepEqual(await demo.exited, { code: 0, signal: null })
      assert.equal(demo.stderr, '')
      for (const [at, host] of HOSTS.entries()) {
        const others = HOSTS.slice(0, at)
        const comes = `${host.padEnd(10)} -> ${others.join(', ') || 'nobody yet'} `
        assert.ok(demo.stdout.includes(comes), `${comes} in ${demo.stdout}`)
        const says = `${host.padEnd(10)} -> ${HOSTS.join(', ')}  `
        assert.ok(demo.stdout.includes(says), `${says} in ${demo.stdout}`)
      }
      assert.match(demo.stdout, /Dave comes in; here: Ada, Bob, Carol, Dave\n/)
      assert.match(demo.stdout, /Hono 4 {5}-> Express 5, Fastify 5, Koa 3 +killed; Dave is gone\n/)
      assert.match(demo.stdout, /after \d\.\d s; promised are 3\.0 s\.\n/)
      assert.match(demo.stdout, /Koa 3 {6}-> Express 5, Fastify 5 +shuts down; Carol is gone\n/)
      const pids = pidsOf(demo.stdout)
      assert.equal(pids.length, 4)
      assert.deepEqual(pids.filter(isAlive), [])
    })
  }

  it('CLUSTER-2 with --serve lets clients of your own in, on a server that runs already, until it is told to end', async () => {
    const server = await EngineServer.start('redis')
    const demo = run('--serve', '--port', '0', '--url', server.url)
    try {
      await demo.output(/The processes go on\. [^\n]+\n$/)
      const [first = '', , , last = ''] = [...demo.stdout.matchAll(/ws:\S+\/chat\/tea(?=\?)/g)].map(String)
      const eve = await ChatClient.enter(`${first}?name=Eve`)
      assert.deepEqual(await eve.next(), { type: 'presence', name: 'Eve', names: ['Eve'] })
      const mallory = await ChatClient.enter(`${last}?name=Mallory`)
      assert.deepEqual(await mallory.everyone(2), ['Eve', 'Mallory'])
      assert.deepEqual(await eve.next(), { type: 'join', name: 'Mallory' })
      eve.say({ type: 'message', text: 'across' })
      assert.deepEqual(await mallory.next(), { type: 'message', name: 'Eve', text: 'across' })
      assert.equal((await refused(`${first}?name=`)).status, 400)
      demo.signal('SIGINT')
      demo.signal('SIGINT')
      assert.equal(await eve.closed, 1001)
      assert.deepEqual(await demo.exited, { code: 0, signal: null })
      assert.equal(demo.stderr, '')
      assert.deepEqual(pidsOf(demo.stdout).filter(isAlive), [])
    } finally {
      // Its own processes end with it only when it is asked to end.
      await demo.stop('SIGINT')
      await server.close()
    }
  })

  it('CLUSTER-3 ends at once when it is told to in the middle of the conversation', async () => {
    const demo = run()
    await demo.output(/said at/)
    assert.deepEqual(await demo.stop('SIGINT'), { code: 0, signal: null })
    assert.equal(demo.stderr, '')
    assert.deepEqual(pidsOf(demo.stdout).filter(isAlive), [])
  })

  for (const [line, sentence] of WRONG) {
    it(`CLUSTER-4 refuses ${line.join(' ')} with one sentence and exit code 1`, async () => {
      const demo = run(...line)
      assert.deepEqual(await demo.exited, { code: 1, signal: null })
      assert.match(demo.stderr, sentence)
      assert.equal(demo.stderr.trimEnd().split('\n').length, 1)
      assert.equal(demo.stdout, '')
    })
  }

  it('CLUSTER-5 says how to get a server that is not there', async () => {
    await assert.rejects(EngineServer.start('redis', ['/nowhere']), {
      name: 'StartError',
      message:
        'redis-server is not on this machine: install it (sudo apt-get install redis-server), or give the address of a running Redis with --url redis://host:port.',
    })
  })

  it('CLUSTER-6 explains its flags', async () => {
    const demo = run('--help')
    assert.deepEqual(await demo.exited, { code: 0, signal: null })
    for (const flag of ['--engine', '--url', '--serve', '--port']) assert.ok(demo.stdout.includes(flag))
  })

  it('CLUSTER-7 measures when the others know that a process has died, and refuses flags that it cannot obey', async () => {
    const script = new URL('../dist/presence-check.js', import.meta.url)
    const check = ServerProcess.script(script, {}, ['--timeout', '1500'])
    const { code } = await check.exited
    assert.equal(
      [...check.stdout.matchAll(/ killed; noticed by (?:\S+ \d after \d+\.\d\d s(?:, )?){3}\n/g)].length,
      4,
    )
    assert.match(
      check.stdout,
      /\npresence right after [\d.]+ s to [\d.]+ s; promised: 1\.50 s\n(?:OK|MISSED)\n$/,
    )
    assert.equal(code, check.stdout.endsWith('OK\n') ? 0 : 1)
    for (const line of [['--engine', 'x'], ['--timeout', '5'], ['--fast'], ['x']]) {
      const refusing = ServerProcess.script(script, {}, line)
      assert.equal((await refusing.exited).code, 2)
      assert.match(refusing.stderr, /^[^\n]+\n$/)
    }
  })
})
