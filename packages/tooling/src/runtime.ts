import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { searchPath } from './service.js'
import { readManifest } from './workspace.js'

const PINNED = fileURLToPath(new URL('../runtimes/', import.meta.url))

/** A Node to run tests on. */
export interface Runtime {
  readonly major: string
  readonly version: string
  /** The path of its binary. */
  readonly path: string
}

/** The Nodes that there are, and why the others are missing: one sentence by major. */
export interface Runtimes {
  readonly found: ReadonlyMap<string, Runtime>
  readonly missing: ReadonlyMap<string, string>
}

/** The Node that runs this process. */
export function ownRuntime(): Runtime {
  const version = process.versions.node
  return { major: version.split('.')[0] ?? version, version, path: process.execPath }
}

/** How to start npm: by the very npm that started this process where there is one. */
export function npmCommand(): readonly [string, ...string[]] {
  const script = process.env.npm_execpath
  return script?.endsWith('.js') && existsSync(script) ? [process.execPath, script] : ['npm']
}

function versionOf(path: string): string | undefined {
  const answer = spawnSync(path, ['--version'], { encoding: 'utf8' })
  return answer.status === 0 ? answer.stdout.trim().replace(/^v/, '') : undefined
}

function aliasOf(major: string): string {
  return `node-${major}-${process.platform}-${process.arch}`
}

function pinnedVersion(major: string): string | undefined {
  return readManifest(PINNED).optionalDependencies?.[aliasOf(major)]?.split('@').at(-1)
}

function install(cache: string): string | undefined {
  mkdirSync(cache, { recursive: true })
  for (const name of ['package.json', 'package-lock.json'])
    copyFileSync(join(PINNED, name), join(cache, name))
  const [command, ...rest] = npmCommand()
  const line = [
    'ci',
    '--prefix',
    cache,
    '--ignore-scripts',
    '--include=optional',
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
  ]
  const answer = spawnSync(command, [...rest, ...line], { cwd: cache, encoding: 'utf8' })
  if (answer.status === 0) return undefined
  const reason = `${answer.stderr ?? ''}${answer.error?.message ?? ''}`
    .split('\n')
    .find((text) => /error/i.test(text) && text.trim().length > 12)
  return reason?.trim() ?? `npm ended with ${answer.status}`
}

/**
 * Provides other Nodes. They come from the npm registry as plain packages, pinned with their hashes in
 * `packages/tooling/runtimes`, and stay in the given folder.
 */
export function provideRuntimes(
  majors: readonly string[],
  cache: string,
  say: (line: string) => void,
): Runtimes {
  const found = new Map<string, Runtime>()
  const missing = new Map<string, string>()
  const look = (major: string): boolean => {
    const path = join(cache, 'node_modules', aliasOf(major), 'bin', 'node')
    const version = existsSync(path) ? versionOf(path) : undefined
    if (version === undefined || version !== pinnedVersion(major)) return false
    found.set(major, { major, version, path })
    return true
  }
  const wanted = majors.filter((major) => {
    if (pinnedVersion(major) !== undefined) return true
    const where = `${process.platform}-${process.arch}`
    missing.set(
      major,
      `Node ${major} is not pinned for ${where}; add it to packages/tooling/runtimes/package.json and lock it.`,
    )
    return false
  })
  const absent = wanted.filter((major) => !look(major))
  if (absent.length === 0) return { found, missing }
  say(`getting Node ${absent.join(', ')} from the npm registry`)
  const reason = install(cache)
  for (const major of absent) {
    if (look(major)) continue
    missing.set(
      major,
      `Node ${major} could not be had from the npm registry (${reason ?? 'it came but does not run here'}).`,
    )
  }
  return { found, missing }
}

/** The environment for a child that runs on the given Node, without what the surrounding npm run put there. */
export function environmentFor(runtime: Runtime): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {}
  for (const [name, value] of Object.entries(process.env)) {
    if (/^npm_(lifecycle|package|command|execpath|node_execpath|config_local_prefix)/.test(name)) continue
    if (name === 'NODE_TEST_CONTEXT' || name === 'NODE_OPTIONS' || name === 'INIT_CWD') continue
    environment[name] = value
  }
  environment.PATH = [dirname(runtime.path), ...searchPath()].join(delimiter)
  return environment
}

/** The folder under the root where downloads for the tests are kept; git does not see it. */
export function cacheFolder(root: string, name: string): string {
  return join(root, 'node_modules', '.cache', 'echosession', name)
}
