import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { within } from '@echosession/probe'

const SCRIPT = fileURLToPath(new URL('../dist/slow-readers/main.js', import.meta.url))
const PATIENCE_MS = 100_000

async function run(...flags: string[]) {
  const child = spawn(process.execPath, [SCRIPT, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] })
  const exit = once(child, 'close') as Promise<[number | null]>
  try {
    const all = Promise.all([text(child.stdout), text(child.stderr), exit])
    const [out, err, [code]] = await within(all, 'the end of the run', PATIENCE_MS)
    return { out, err, code }
  } finally {
    child.kill('SIGKILL')
  }
}

const FEW = ['--receivers', '60', '--stalled', '6', '--cap', '1048576', '--size', '60000']

test('those who do not read are ended with 1013, and the others get every broadcast', async (t) => {
  const { out, err } = await run(...FEW)
  t.diagnostic(out)
  assert.equal(err, '')
  assert.match(
    out,
    /of those who do not read 6 were ended with 1013 and 0 are behind; 0 messages were dropped/,
  )
})

test('with latest they stay, and what they miss is counted', async (t) => {
  const { out, err } = await run(...FEW, '--policy', 'latest')
  t.diagnostic(out)
  assert.equal(err, '')
  assert.match(out, /of those who do not read 0 were ended with 1013 and 6 are behind; [1-9]\d* messages/)
})

test('a policy that does not exist is refused with exit code 2', async () => {
  const { err, code } = await run('--policy', 'wait')
  assert.equal(code, 2)
  assert.equal(err, '--policy is "wait"; the policies are close, drop, latest.\n')
})
