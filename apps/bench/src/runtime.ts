import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installOptional, optionalPath } from './optional-packages.js'
import type { ServerPlan } from './servers/server-plan.js'
import type { RuntimeName, Target } from './target.js'

const NODE_SCRIPT = fileURLToPath(new URL('./servers/main.js', import.meta.url))
const FOREIGN = fileURLToPath(new URL('../foreign/', import.meta.url))
// A workspace of Go in the old form, with its packages under src.
const GO_SOURCES = join(FOREIGN, 'go')
const GO_CACHE = fileURLToPath(new URL('../../../node_modules/.cache/echosession/bench-go/', import.meta.url))
/** Where Debian's packages put the sources of Go libraries. */
const GO_LIBRARIES = '/usr/share/gocode'

const BUN = `@oven/bun-linux-${process.arch === 'arm64' ? 'aarch64' : process.arch}/bin/bun`
const DENO = `@deno/linux-${process.arch}-glibc/deno`
const BUFFERUTIL = 'bufferutil/package.json'

/** A way to run servers. */
export interface Runtime {
  /** Makes it ready; returns why it cannot be used, in one sentence, if so. */
  prepare(target: Target, say: (line: string) => void): string | undefined
  /** The command that runs a server. */
  command(plan: ServerPlan): readonly string[]
  /** What it calls itself with its version. */
  version(target: Target): Readonly<Record<string, string>>
}

function versionBy(command: string, line: readonly string[]): string {
  return spawnSync(command, line, { encoding: 'utf8' }).stdout?.trim().split('\n')[0] ?? ''
}

function manifestVersion(name: string): string {
  const text = readFileSync(optionalPath(`${name}/package.json`), 'utf8')
  return (JSON.parse(text) as { readonly version: string }).version
}

function goBinary(name: string): string {
  return join(GO_CACHE, name)
}

function buildGo({ name, goPackages = [] }: Target): string | undefined {
  mkdirSync(GO_CACHE, { recursive: true })
  const server = name.replace('go-', '')
  // Without modules, so that nothing is fetched: the libraries are Debian's.
  const env = { ...process.env, GO111MODULE: 'off', GOPATH: [GO_SOURCES, GO_LIBRARIES].join(delimiter) }
  const line = ['build', '-o', goBinary(name), `bench/${server}`]
  const { status, error } = spawnSync('go', line, { env, encoding: 'utf8' })
  if (error !== undefined) return 'there is no Go; on Debian: apt-get install golang-go'
  if (status === 0) return undefined
  return `it does not build with the Go libraries that are here; on Debian: apt-get install ${goPackages.join(' ')}`
}

function debianVersions({ goPackages = [] }: Target): Readonly<Record<string, string>> {
  const line = ['-W', ...goPackages]
  const { stdout } = spawnSync('dpkg-query', line, { encoding: 'utf8' })
  const rows = (stdout ?? '').split('\n').filter((row) => row !== '')
  return Object.fromEntries(rows.map((row) => row.split('\t', 2)))
}

/** The runtimes by name. */
export const RUNTIMES: Readonly<Record<RuntimeName, Runtime>> = {
  node: {
    prepare: () => undefined,
    command: (plan) => [process.execPath, '--expose-gc', NODE_SCRIPT, JSON.stringify(plan)],
    version: () => ({}),
  },
  'node-bufferutil': {
    prepare: (_target, say) => installOptional([BUFFERUTIL], say),
    command: (plan) => {
      const from = optionalPath('ws/')
      return [process.execPath, '--expose-gc', NODE_SCRIPT, JSON.stringify({ ...plan, from })]
    },
    version: () => ({ ws: manifestVersion('ws'), bufferutil: manifestVersion('bufferutil') }),
  },
  bun: {
    prepare: (_target, say) => installOptional([BUN], say),
    command: (plan) => [optionalPath(BUN), join(FOREIGN, 'bun.mjs'), JSON.stringify(plan)],
    version: () => ({ bun: versionBy(optionalPath(BUN), ['--version']) }),
  },
  deno: {
    prepare: (_target, say) => installOptional([DENO], say),
    command: (plan) => {
      const flags = ['run', '--allow-all', '--no-config', '--no-remote', '--v8-flags=--expose-gc']
      return [optionalPath(DENO), ...flags, join(FOREIGN, 'deno.mjs'), JSON.stringify(plan)]
    },
    version: () => ({ deno: versionBy(optionalPath(DENO), ['--version']).replace(/^deno (\S+).*/, '$1') }),
  },
  go: {
    prepare: (target) => buildGo(target),
    command: (plan) => [goBinary(plan.target), JSON.stringify(plan)],
    version: (target) => ({
      go: versionBy('go', ['version']).replace(/^go version go(\S+).*/, '$1'),
      ...debianVersions(target),
    }),
  },
}
