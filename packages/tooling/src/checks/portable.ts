import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { CheckResult, Finding } from '../finding.js'

interface Pattern {
  readonly pattern: RegExp
  readonly what: string
}

const MAX_BYTES = 2_000_000

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/** The host of the registry that npm is configured for here, if it has a name. */
function registryHost(): string[] {
  const { hostname } = URL.canParse(process.env.npm_config_registry ?? '')
    ? new URL(process.env.npm_config_registry ?? '')
    : { hostname: '' }
  return /\.[a-z]+$/.test(hostname) ? [literally(hostname)] : []
}

function patterns(root: string): Pattern[] {
  const hosts = ['\\b(npm\\.pkg|registry)\\.[a-z0-9.-]+\\.(org|com|net|io|dev|cn)\\b', ...registryHost()]
  const folders = ['(?<![\\w.:/~-])/(home|Users|work|tmp)/[\\w.-]+', '\\b[A-Z]:\\\\Users\\\\']
  for (const folder of [root.replace(/\/$/, ''), homedir()]) {
    if (folder.length > 1) folders.push(`(?<![\\w.:/~-])${literally(folder)}(?=/|\\b)`)
  }
  return [
    {
      pattern: /"resolved":\s*"https?:/,
      what: 'holds a download address; install with omit-lockfile-registry-resolved=true.',
    },
    {
      pattern: new RegExp(hosts.join('|')),
      what: 'names a package registry; leave that to the configuration of npm.',
    },
    {
      pattern: new RegExp(folders.join('|')),
      what: 'holds a path of one machine; use a path from the file itself, or os.tmpdir().',
    },
  ]
}

function listTracked(root: string): string[] {
  // A checkout may belong to another user than the one who checks it, as in a container.
  const line = ['-c', 'safe.directory=*', 'ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const answer = spawnSync('git', line, { cwd: root, encoding: 'utf8', maxBuffer: 64_000_000 })
  if (answer.status !== 0) {
    throw new Error(`git could not list the files: ${answer.error?.message ?? answer.stderr.trim()}`)
  }
  return answer.stdout
    .split('\0')
    .filter((path) => path !== '' && statSync(join(root, path), { throwIfNoEntry: false })?.isFile() === true)
}

/** Checks that no tracked file names a package registry or a path of somebody's machine. */
export function checkPortable(root: string): CheckResult {
  const rules = patterns(root)
  const files = listTracked(root)
  const findings: Finding[] = []
  for (const file of files) {
    const bytes = readFileSync(join(root, file))
    if (bytes.length > MAX_BYTES || bytes.includes(0)) continue
    for (const [index, text] of bytes.toString('utf8').split('\n').entries()) {
      for (const { pattern, what } of rules) {
        const found = pattern.exec(text)?.[0]
        if (found !== undefined) findings.push({ file, line: index + 1, what: `${what} (${found})` })
      }
    }
  }
  return { findings, scope: `${files.length} tracked files` }
}
