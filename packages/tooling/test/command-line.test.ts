import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { createTree, repository } from './tree.js'

function run(command: string, ...line: string[]) {
  const script = join(repository, 'packages', 'tooling', 'dist', `${command}.js`)
  return spawnSync(process.execPath, [script, ...line], { encoding: 'utf8', cwd: repository })
}

describe('command line of npm test and npm run check', () => {
  for (const [command, line, expected] of [
    ['test', ['--nope'], /^There is no flag --nope; the flags are --only, --node, .*--help\.\n$/],
    ['test', ['express'], /^"express" is not a flag; /],
    ['test', ['--only'], /^--only needs a value: /],
    ['test', ['--only', 'gin'], /^There is no workspace "gin"; the workspaces are /],
    ['test', ['--node', '18'], /^There is no Node 18 in the matrix; it has /],
    ['test', ['--list=yes'], /^--list takes no value; leave out "yes"\.\n$/],
    ['test', ['--quiet', 'soon'], /^--quiet is soon; it takes a number of seconds above 0\.\n$/],
    ['test', ['--file', 'no-such-test'], /^Nothing matches these flags; /],
    ['check', ['--fast'], /^There is no flag --fast; the flags are --only, --help\.\n$/],
    ['check', ['--only', 'weather'], /^There is no check weather; there are lint, /],
  ] as const) {
    it(`answers ${command} ${line.join(' ')} with one sentence and exit code 2`, () => {
      const { status, stdout, stderr } = run(command, ...line)
      assert.equal(status, 2)
      assert.equal(stdout, '')
      assert.match(stderr, expected)
      assert.equal(stderr.trimEnd().split('\n').length, 1)
    })
  }

  it('lists what would run, and runs nothing', () => {
    const { status, stdout } = run(
      'test',
      '--list',
      '--only',
      'tooling,core',
      '--node',
      process.versions.node.split('.')[0] ?? '',
    )
    assert.equal(status, 0)
    assert.match(stdout, /^@echosession\/tooling on Node /m)
    assert.match(stdout, /^ {2}\.test\/command-line\.test\.js$/m)
    assert.doesNotMatch(stdout, /passed/)
  })

  it('helps', () => {
    assert.match(run('test', '--help').stdout, /^Usage: npm test -- \[flags\]/)
    assert.match(run('check', '--help').stdout, /^Usage: npm run check -- \[flags\]/)
  })
})

/** Runs a copy of .ci/run with a stand-in for npm, which does and says what the given script does. */
function runCi(npm: string) {
  const root = createTree({ 'bin/npm': `#!/usr/bin/env bash\n${npm}\n` })
  chmodSync(join(root, 'bin', 'npm'), 0o755)
  mkdirSync(join(root, '.ci'))
  copyFileSync(join(repository, '.ci', 'run'), join(root, '.ci', 'run'))
  const { status, stdout } = spawnSync('bash', [join(root, '.ci', 'run')], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${join(root, 'bin')}:${process.env.PATH}` },
    input: 'nobody reads this',
  })
  return { status, last: stdout.trimEnd().split('\n').at(-1), lines: stdout.trimEnd().split('\n') }
}

describe('.ci/run', () => {
  it('runs npm ci and npm test with CI=true and no input, and ends with the count', () => {
    const { status, last, lines } = runCi(
      'echo "npm $1 CI=$CI input=$(cat)"; [ "$1" = ci ] || echo "12 passed, 0 failed"',
    )
    assert.deepEqual(lines, ['npm ci CI=true input=', 'npm test CI=true input=', '12 passed, 0 failed'])
    assert.equal(last, '12 passed, 0 failed')
    assert.equal(status, 0)
  })

  it('ends with the count, and not with what npm says after a failure', () => {
    const { status, last } = runCi(
      '[ "$1" = ci ] && exit; echo "11 passed, 1 failed"; echo "npm error" >&2; exit 1',
    )
    assert.equal(last, '11 passed, 1 failed')
    assert.equal(status, 1)
  })

  it('counts an installation that fails as one failure, and tests nothing', () => {
    const { status, last, lines } = runCi('echo "$1"; [ "$1" = ci ] && exit 7')
    assert.deepEqual(lines, ['ci', '0 passed, 1 failed'])
    assert.equal(last, '0 passed, 1 failed')
    assert.equal(status, 7)
  })

  it('counts tests that end without a count as one failure', () => {
    const { status, last } = runCi('exit 0')
    assert.equal(last, '0 passed, 1 failed')
    assert.equal(status, 1)
  })
})
