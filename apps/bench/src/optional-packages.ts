import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PINNED = fileURLToPath(new URL('../optional/', import.meta.url))
const CACHE = fileURLToPath(
  new URL('../../../node_modules/.cache/echosession/bench-optional/', import.meta.url),
)

/** The path of something in the packages that are installed on demand. */
export function optionalPath(path: string): string {
  return join(CACHE, 'node_modules', path)
}

function npmCommand(): readonly [string, ...string[]] {
  const script = process.env.npm_execpath
  return script?.endsWith('.js') === true && existsSync(script) ? [process.execPath, script] : ['npm']
}

/**
 * Installs the packages that are too heavy for everybody's `npm ci`, pinned with their hashes in `optional`.
 * @returns why they are missing, in one sentence; undefined when they are there.
 */
export function installOptional(needed: readonly string[], say: (line: string) => void): string | undefined {
  const absent = () => needed.filter((path) => !existsSync(optionalPath(path)))
  if (absent().length === 0) return undefined
  say('getting the optional targets from the npm registry')
  mkdirSync(CACHE, { recursive: true })
  for (const name of ['package.json', 'package-lock.json'])
    copyFileSync(join(PINNED, name), join(CACHE, name))
  const [command, ...rest] = npmCommand()
  const line = ['ci', '--ignore-scripts', '--include=optional', '--no-audit', '--no-fund', '--prefer-offline']
  const { status, error } = spawnSync(command, [...rest, ...line], { cwd: CACHE, encoding: 'utf8' })
  if (status === 0) return undefined
  return `the optional packages could not be had from the npm registry (${error?.message ?? `npm ended with ${status}`})`
}
