// @needs redis-server
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { MAIN } from './run.js'

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return text.split(' ').filter(Boolean).map(Number)
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('a run that is told to end takes its processes and its engine with it', async () => {
  const soak = spawn(process.execPath, [MAIN, '--minutes', '1', '--faults', '0', '--rate', '10'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const pid = soak.pid as number
  await once(soak.stdout, 'data')
  // The engine and four processes.
  while (childrenOf(pid).length < 5) await new Promise((resolve) => setTimeout(resolve, 50))
  const children = childrenOf(pid)
  soak.kill('SIGTERM')
  const [status] = await once(soak, 'exit')
  assert.equal(status, 143)
  const giveUpAt = Date.now() + 10_000
  while (children.some(isThere) && Date.now() < giveUpAt)
    await new Promise((resolve) => setTimeout(resolve, 50))
  assert.deepEqual(children.filter(isThere), [])
})
