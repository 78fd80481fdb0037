import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Report } from '@echosession/conformance'
import { WebSocket } from 'ws'
import { createProgressBar } from '../dist/cli/progress-bar.js'
import { startRawServer } from './faulty-servers/raw-server.js'

const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const FOLDER = mkdtempSync(join(tmpdir(), 'conformance-cli-'))
after(() => rmSync(FOLDER, { recursive: true }))

interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

async function run(...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN, ...args])
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (piece) => {
    stdout += piece
  })
  child.stderr.on('data', (piece) => {
    stderr += piece
  })
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, stdout, stderr }
}

describe('echosession-conformance', () => {
  it('exits with 0 when all is acceptable, prints the seed, and is quiet where there is no terminal', async () => {
    const server = await startRawServer()
    const { status, stdout, stderr } = await run(server.url, '--only', '1.*,2.*', '--seed', '42')
    await server.close()
    assert.equal(status, 0)
    assert.equal(stderr, '')
    assert.match(stdout, /seed 42\n/)
    assert.match(stdout, /27 cases in .* s: 27 OK\n$/)
  })

  it('exits with 1 when a case fails, and prints what went over the wire', async () => {
    const server = await startRawServer('sends no pong')
    const { status, stdout } = await run(server.url, '--only', '2.2')
    await server.close()
    assert.equal(status, 1)
    assert.match(stdout, /^2\.2 FAILED \/ OK ping with a text payload$/m)
    assert.match(stdout, /ms -> PING fin masked 13 B "Hello, world!"$/m)
    assert.match(stdout, /expected pong of 13 B "Hello, world!"; got nothing/)
  })

  it('exits with 2 and one sentence when nobody listens', async () => {
    const server = await startRawServer()
    await server.close()
    const { status, stderr } = await run(server.url, '--only', '1.1.1')
    assert.equal(status, 2)
    assert.match(stderr, /^echosession-conformance: Nobody listens at ws:[^\n]*; start the server first\.\n$/)
  })

  const UNUSABLE: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['no URL', [], /No URL was given/],
    ['a URL of another kind', ['http://127.0.0.1/'], /does not begin with ws/],
    ['two URLs', ['ws://127.0.0.1/', 'ws://127.0.0.1/'], /One URL/],
    ['an option that does not exist', ['ws://127.0.0.1/', '--frobnicate'], /Unknown option '--frobnicate'/],
    ['a number that is none', ['ws://127.0.0.1/', '--concurrency', 'many'], /--concurrency is "many"/],
    ['patterns that leave nothing', ['ws://127.0.0.1/', '--only', '99.*'], /leave no case/],
    [
      'compression that is neither on nor off',
      ['ws://127.0.0.1/', '--compression', 'maybe'],
      /must be on or off/,
    ],
    ['a URL together with --client', ['ws://127.0.0.1/', '--client'], /takes no URL/],
  ]
  for (const [what, args, message] of UNUSABLE) {
    it(`exits with 2 and one sentence for ${what}`, async () => {
      const { status, stdout, stderr } = await run(...args)
      assert.equal(status, 2)
      assert.equal(stdout, '')
      assert.match(stderr, message)
      assert.match(stderr, /^echosession-conformance: [^\n]+\n$/)
    })
  }

  it('writes all four reports', async () => {
    const server = await startRawServer()
    const at = (name: string) => join(FOLDER, 'new', name)
    const files = [
      '--json',
      at('a.json'),
      '--html',
      at('a.html'),
      '--junit',
      at('a.xml'),
      '--markdown',
      at('a.md'),
    ]
    const { status } = await run(server.url, '--only', '1.1.*', '--name', 'raw', ...files)
    await server.close()
    assert.equal(status, 0)
    const report = JSON.parse(readFileSync(at('a.json'), 'utf8')) as Report
    assert.equal(report.schema, 'echosession-report/1')
    assert.equal(report.target.name, 'raw')
    assert.equal(report.cases.length, 8)
    assert.match(readFileSync(at('a.html'), 'utf8'), /^<!doctype html>/)
    assert.match(readFileSync(at('a.xml'), 'utf8'), /tests="8" failures="0"/)
    assert.match(readFileSync(at('a.md'), 'utf8'), /\| All \| 8 ok \|/)
  })

  it('fails a server without compression when it was said to be on, and leaves it out when off', async () => {
    const server = await startRawServer()
    const on = await run(server.url, '--only', '1.1.1,12.1.1', '--compression', 'on')
    const off = await run(server.url, '--only', '1.1.1,12.1.1', '--compression', 'off')
    const unsaid = await run(server.url, '--only', '1.1.1,12.1.1')
    await server.close()
    assert.deepEqual([on.status, off.status, unsaid.status], [1, 0, 0])
    assert.match(off.stdout, / 1 cases /)
    assert.match(unsaid.stdout, /1 UNIMPLEMENTED/)
  })

  it('lists the cases, helps, and tells its version', async () => {
    const list = await run('--list', '--only', '7.7.*')
    assert.equal(list.stdout.trim().split('\n').length, 13)
    assert.match((await run('--help')).stdout, /^Usage: echosession-conformance /)
    assert.match((await run('--version')).stdout, /^\d+\.\d+\.\d+/)
  })

  it('ends at once when it is interrupted, whatever it waits for', async () => {
    const silent = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    const child = spawn(process.execPath, [MAIN, `ws://127.0.0.1:${port}/`, '--only', '1.1.1'])
    await once(child.stdout, 'data')
    child.kill('SIGINT')
    const [status, signal] = await once(child, 'close')
    silent.close()
    assert.deepEqual([status, signal], [null, 'SIGINT'])
  })

  it('judges clients with --client, and ends with what they came to', async () => {
    const child = spawn(process.execPath, [MAIN, '--client', '--port', '0', '--only', '1.1.1', '--seed', '1'])
    let stdout = ''
    child.stdout.on('data', (piece) => {
      stdout += piece
    })
    while (!stdout.includes('\n')) await once(child.stdout, 'data')
    const url = /at (ws:\/\/[^,]+),/.exec(stdout)?.[1] ?? ''
    const silent = new WebSocket(`${url}/runCase?case=1&agent=silent`)
    await once(silent, 'close')
    await once(new WebSocket(`${url}/updateReports?agent=silent`), 'close')
    child.kill('SIGTERM')
    const [status] = await once(child, 'close')
    assert.equal(status, 1)
    assert.match(stdout, /silent: 1 cases in .*: 1 FAILED\n/)
  })
})

describe('the progress bar', () => {
  it('draws on a terminal only', () => {
    const drawn: string[] = []
    const entry = { id: '1.1.1', title: '', chapter: '', verdict: 'OK', durationMs: 1 } as const
    const write = (text: string) => drawn.push(text)
    createProgressBar({ write }).show({ done: 1, total: 2, failed: 0, entry })
    assert.deepEqual(drawn, [])
    const bar = createProgressBar({ isTTY: true, columns: 60, write })
    bar.show({ done: 1, total: 2, failed: 0, entry })
    bar.clear()
    assert.match(drawn.join(''), /█{10}░{10} 1\/2 0 failed {2}1\.1\.1/)
  })
})
