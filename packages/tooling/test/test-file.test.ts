import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { environmentFor, ownRuntime } from '../dist/runtime.js'
import { runTestFile, type TestFileResult } from '../dist/test-file.js'
import { isRunning, until } from './process-watch.js'
import { createTree } from './tree.js'

// Long enough for a busy machine to start a process in.
const QUIET_MS = 3_000

async function run(
  code: string,
  quietLimitMs = 60_000,
): Promise<TestFileResult & { readonly folder: string }> {
  const folder = createTree({
    'a.test.mjs': `import test, { describe, it, before } from 'node:test'\n${code}\n`,
  })
  const own = ownRuntime()
  const result = await runTestFile({
    file: join(folder, 'a.test.mjs'),
    folder,
    nodePath: own.path,
    environment: environmentFor(own),
    quietLimitMs,
  })
  return { ...result, folder }
}

const names = (result: TestFileResult) => result.failures.map((failure) => failure.name)

describe('test-file: one test file in a process of its own', { concurrency: 2 }, () => {
  it('counts tests, not suites, and names them by their path', async () => {
    const result = await run(
      "test('a', () => {})\ndescribe('s', () => { it('b', () => {}); describe('t', () => { it('c', () => {}) }) })",
    )
    assert.deepEqual(result.passed, ['a', 's > b', 's > t > c'])
    assert.deepEqual(result.failures, [])
  })

  it('reports a failed test once, with its message and place, and not the suites around it', async () => {
    const result = await run(
      "describe('s', () => {\n  it('bad', () => { throw new Error('broken thing') })\n  it('good', () => {})\n})",
    )
    assert.deepEqual(names(result), ['s > bad'])
    assert.match(result.failures[0]?.detail ?? '', /broken thing/)
    assert.match(result.failures[0]?.at ?? '', /a\.test\.mjs:3$/)
    assert.deepEqual(result.passed, ['s > good'])
  })

  it('reports a failed hook', async () => {
    const result = await run(
      "describe('s', () => { before(() => { throw new Error('hook') }); it('a', () => {}) })",
    )
    assert.ok(result.failures.some((failure) => failure.detail.includes('hook')))
  })

  it('counts skipped and to-do tests as such, with their reason', async () => {
    const result = await run(
      "test('a', { skip: 'no time' }, () => {})\ntest('b', { todo: true }, () => {})\ntest('c', (t) => t.skip())",
    )
    assert.deepEqual(result.skipped, ['a (skipped: no time)', 'b (to do)', 'c (skipped)'])
    assert.deepEqual(result.passed, [])
  })

  it('names the test that hangs, and keeps the count of those before it', async () => {
    const result = await run(
      "test('fine', () => {})\ntest('stuck', () => new Promise((r) => setTimeout(r, 1e6)))",
      QUIET_MS,
    )
    assert.deepEqual(names(result), ['hangs: "stuck"'])
    assert.deepEqual(result.passed, ['fine'])
  })

  it('ends a file that loops without giving the event loop back', async () => {
    const result = await run("test('loop', () => { for (;;); })", QUIET_MS)
    assert.match(names(result)[0] ?? '', /^hangs/)
  })

  it('reports a process that does not end after its last test, and names that test', async () => {
    const result = await run("test('leaves a timer', () => { setInterval(() => {}, 1000) })", QUIET_MS)
    assert.deepEqual(names(result), ['hangs after "leaves a timer"'])
    assert.match(result.failures[0]?.detail ?? '', /something left open/)
  })

  it('reports an error that comes after the tests, and says what it was', async () => {
    const result = await run("test('a', () => { setTimeout(() => { throw new Error('too late') }, 20) })")
    assert.deepEqual(names(result), ['ended with code 1 though no test failed'])
    assert.match(result.output, /too late/)
  })

  it('reports a file without a test, one that cannot be loaded, and one that is killed', async () => {
    assert.deepEqual(names(await run('')), ['has no test'])
    const unloadable = await run("import './absent.mjs'")
    assert.deepEqual(names(unloadable), ['ended with code 1 though no test failed'])
    assert.match(unloadable.output, /ERR_MODULE_NOT_FOUND/)
    const killed = await run("test('a', () => process.kill(process.pid, 'SIGKILL'))")
    assert.deepEqual(names(killed), ['was ended by SIGKILL'])
  })

  it('keeps what a test prints and the notes that it leaves', async () => {
    const result = await run("test('a', (t) => { console.log('printed'); t.diagnostic('seed 42') })")
    assert.match(result.output, /printed/)
    assert.match(result.output, /seed 42/)
  })

  it('ends what a test started and left behind', async () => {
    const child =
      "setInterval(() => {}, 1000); process.on('SIGTERM', () => {}); process.stdout.write('pid ' + process.pid)"
    const code = `import { spawn } from 'node:child_process'
      test('a', async () => {
        const child = spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: ['ignore', 'pipe', 'ignore'] })
        await new Promise((resolve) => child.stdout.once('data', (text) => { console.log(String(text)); resolve() }))
        child.stdout.destroy(); child.unref()
      })`
    const result = await run(code)
    assert.deepEqual(result.failures, [])
    const pid = Number(/pid (\d+)/.exec(result.output)?.[1])
    assert.ok(pid > 0, result.output)
    await until(() => !isRunning(pid))
    assert.equal(isRunning(pid), false)
  })

  it('leaves no scratch file behind', async () => {
    const result = await run("test('a', () => { console.log(process.env.ECHOSESSION_TEST_EVENTS) })")
    assert.match(result.output, /events\.jsonl/)
    assert.equal(existsSync(result.output.trim()), false)
  })
})
