import { spawnSync } from 'node:child_process'
import type { CheckResult } from '../finding.js'
import { npmCommand } from '../runtime.js'

const FILE = 'package-lock.json'

/** Checks that `npm ci` would take the lockfile: that it has everything the package.json files ask for. */
export function checkLock(root: string): CheckResult {
  const [command, ...rest] = npmCommand()
  const line = ['ci', '--dry-run', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline']
  const answer = spawnSync(command, [...rest, ...line], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64_000_000,
  })
  const scope = FILE
  if (answer.status === 0) return { findings: [], scope }
  const errors = answer.stderr.split('\n').map((text) => text.replace(/^npm error ?/, '').trim())
  const precise = new Set(errors.filter((text) => /^(Missing|Invalid): /.test(text)))
  const first = errors.find((text) => text !== '' && !text.startsWith('npm warn')) ?? 'npm ci fails'
  const what = precise.size > 0 ? [...precise] : [first]
  return {
    findings: what.map((text) => ({
      file: FILE,
      line: 0,
      what: `${text}; run npm install and commit the lockfile.`,
    })),
    scope,
  }
}
