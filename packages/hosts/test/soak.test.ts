import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { within } from '@echosession/probe'

const SOAK = fileURLToPath(new URL('../dist/soak/main.js', import.meta.url))
const PATIENCE_MS = 60_000

async function run(...flags: string[]) {
  const child = spawn(process.execPath, [SOAK, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] })
  const exit = once(child, 'close') as Promise<[number | null]>
  try {
    const all = Promise.all([text(child.stdout), text(child.stderr), exit])
    const [out, err, [code]] = await within(all, 'the end of the soak', PATIENCE_MS)
    return { out, err, code }
  } finally {
    child.kill('SIGKILL')
  }
}

for (const host of ['node', 'express']) {
  test(`${host}: three hundred idle sessions and six hundred that come and go leave nothing behind`, async (t) => {
    const { out, err, code } = await run('--host', host, '--idle', '300', '--cycles', '600')
    t.diagnostic(out)
    assert.equal(err, '')
    assert.equal(code, 0, out)
    assert.match(out, /300 idle sessions: [\d.]+ KiB of heap/)
    assert.match(out, /Every figure was met\./)
  })
}

for (const [flags, sentence] of [
  [
    ['--host', 'gin'],
    /^There is no host "gin"; the hosts are all, node, express, koa, fastify, hono-node-ws, hono-node-server\.\n$/,
  ],
  [['--idle', '-1'], /--idle/],
  [['--idle', 'many'], /^--idle is "many"; it takes a whole number from 1 to 1000000\.\n$/],
  [['--cycles', '0'], /^--cycles is "0"; it takes a whole number from 1 to 1000000\.\n$/],
  [['--idel', '5'], /--idel/],
] as const) {
  test(`${flags.join(' ')} is refused by name with exit code 2 before anything starts`, async () => {
    const { out, err, code } = await run(...flags)
    assert.equal(code, 2)
    assert.equal(out, '')
    assert.match(err, sentence)
    assert.equal(err.trim().split('\n').length, 1)
  })
}

test('more idle sessions than a process may have descriptors are refused with what to do', async () => {
  const { err, code } = await run('--host', 'node', '--idle', '1000000')
  assert.equal(code, 2)
  assert.match(err, /^1000000 idle sessions need 1000300 file descriptors .* run "ulimit -n 1000300"/)
})
