import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { isRunning, until } from './process-watch.js'
import { createTree, linkModules, manifest, repository } from './tree.js'

const OWN = process.versions.node.split('.')[0] ?? ''
const good = "import test from 'node:test'\ntest('good', () => {})\n"

/** A repository that has only the given files in packages/core, and the runner. */
function createRepository(files: Readonly<Record<string, string>>): string {
  const placed = Object.entries(files).map(([path, text]) => [`packages/core/${path}`, text])
  const root = linkModules(
    createTree({
      'package.json': { type: 'module' },
      'packages/core/package.json': manifest('core'),
      'packages/tooling/package.json': manifest('tooling', { private: true }),
      ...Object.fromEntries(placed),
    }),
  )
  for (const folder of ['dist', 'runtimes']) {
    cpSync(join(repository, 'packages', 'tooling', folder), join(root, 'packages', 'tooling', folder), {
      recursive: true,
    })
  }
  return root
}

const commandOf = (root: string) => [join(root, 'packages', 'tooling', 'dist', 'test.js'), '--node', OWN]

/** Runs `npm test`'s program in such a repository. */
function run(files: Readonly<Record<string, string>>, environment: NodeJS.ProcessEnv) {
  const root = createRepository(files)
  // Without apt-get on the search path nothing gets installed by a test.
  const env = { ...process.env, CI: '', PATH: join(root, 'no-programs-here'), ...environment }
  const { status, stdout, stderr } = spawnSync(process.execPath, commandOf(root), { encoding: 'utf8', env })
  const lines = stdout.trimEnd().split('\n')
  return { status, stdout, stderr, last: lines.at(-1) }
}

/** A test and its compiled form, which here are the same. */
const both = (name: string, text: string) => ({
  [`test/${name}.test.ts`]: '',
  [`.test/${name}.test.js`]: text,
})

describe('npm test: from the files to the count', () => {
  it('ends with the count and code 0 when everything passes', () => {
    const { status, last, stdout, stderr } = run({ ...both('a', good), ...both('b', good) }, { CI: 'true' })
    assert.equal(last, '2 passed, 0 failed')
    assert.equal(status, 0, stdout + stderr)
  })

  it('ends with the count and code 1 when a test fails, and names it at the end, with the reason', () => {
    const bad = "import test from 'node:test'\ntest('bad one', () => { throw new Error('no') })\n"
    const { status, last, stdout } = run({ ...both('a', good), ...both('b', bad) }, {})
    assert.equal(last, '1 passed, 1 failed')
    assert.equal(status, 1)
    assert.match(stdout, /\nfailed:\n {2}✖ @echosession\/core on Node .* b: bad one\n {6}Error: no\n/)
  })

  it('fails for a test that was not compiled', () => {
    const { status, last, stdout } = run({ ...both('a', good), 'test/late.test.ts': '' }, {})
    assert.equal(last, '1 passed, 1 failed')
    assert.equal(status, 1)
    assert.match(stdout, /packages\/core\/test\/late\.test\.ts has no compiled counterpart/)
  })

  const skipping =
    "import test from 'node:test'\ntest('not now', { skip: 'tired' }, () => {})\ntest('good', () => {})\n"

  it('lets a person skip a test, and says so', () => {
    const { status, last, stdout } = run(both('a', skipping), {})
    assert.equal(last, '1 passed, 0 failed')
    assert.equal(status, 0)
    assert.match(stdout, /\nnot run:\n {2}- .*: not now \(skipped: tired\)\n/)
  })

  it('fails for a skipped test where CI is set, with its name', () => {
    const { status, last, stdout } = run(both('a', skipping), { CI: 'true' })
    assert.equal(last, '1 passed, 1 failed')
    assert.equal(status, 1)
    assert.match(stdout, /not now \(skipped: tired\)/)
  })

  const needing = `// @needs nats-server\n${good}`

  it('leaves out what needs a service that is not there, and says how to get it', () => {
    const { status, last, stdout } = run({ ...both('a', good), ...both('b', needing) }, {})
    assert.equal(last, '1 passed, 0 failed')
    assert.equal(status, 0)
    assert.match(
      stdout,
      /b\.test\.js was left out: nats-server is not on this machine; install it with: sudo apt-get install nats-server/,
    )
  })

  it('fails for a service that is not there where CI is set', () => {
    const { status, last } = run({ ...both('a', good), ...both('b', needing) }, { CI: 'true' })
    assert.equal(last, '1 passed, 2 failed')
    assert.equal(status, 1)
  })

  it('does not take no tests at all for success', () => {
    const { status, last } = run({}, {})
    assert.notEqual(status, 0)
    assert.doesNotMatch(last ?? '', /passed, 0 failed/)
  })

  it('ends the test files that run, with what they started, when it is told to stop', async () => {
    const slow = `import test from 'node:test'
      import { spawn } from 'node:child_process'
      import { writeFileSync } from 'node:fs'
      test('slow', async () => {
        const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
        writeFileSync('pids', process.pid + ' ' + child.pid)
        await new Promise(() => setInterval(() => {}, 1000))
      })`
    const root = createRepository(both('a', slow))
    const runner = spawn(process.execPath, commandOf(root), { stdio: 'ignore' })
    const ended = once(runner, 'exit')
    const file = join(root, 'packages', 'core', 'pids')
    await until(() => existsSync(file) && /^\d+ \d+$/.test(readFileSync(file, 'utf8')))
    runner.kill('SIGTERM')
    assert.deepEqual(await ended, [143, null])
    const pids = readFileSync(file, 'utf8').split(' ').map(Number)
    await until(() => !pids.some(isRunning))
    assert.deepEqual(pids.filter(isRunning), [])
  })
})
