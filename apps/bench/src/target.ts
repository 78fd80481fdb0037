import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Protocol } from './generator/job.js'
import type { Step } from './pattern.js'

/** What a server runs on. */
export type RuntimeName = 'node' | 'node-bufferutil' | 'bun' | 'deno' | 'go'

/** A server to measure. */
export interface Target {
  readonly name: string
  readonly title: string
  /** Whether it is one of ours, a peer, or a limit. */
  readonly kind: 'base' | 'own' | 'peer' | 'floor'
  /** What it runs on; Node unless said otherwise. */
  readonly runtime?: RuntimeName
  readonly protocol: Protocol
  /** The packages whose versions are listed; `a > b` is the `b` that `a` uses. */
  readonly packages: readonly string[]
  /** The settings that it runs with. */
  readonly options: string
  /** The Debian packages that a server in Go is built with. */
  readonly goPackages?: readonly string[]
  /** Which steps it cannot do. */
  readonly lacks?: (step: Step) => boolean
}

/** The target that every ratio is over. */
export const BASE = 'ws'

/** Whether a target can do a step. */
export function canDo(target: Target, step: Step): boolean {
  // What the peers call a room differs; how cost grows with rooms is a question to our own.
  if ('rooms' in step.load && target.kind !== 'own') return false
  return target.lacks?.(step) !== true
}

function findManifest(name: string, from: string): string | undefined {
  const folders = createRequire(from).resolve.paths(name) ?? []
  return folders.map((folder) => join(folder, name, 'package.json')).find(existsSync)
}

/** Reads the versions of the packages that a target is made of. */
export function packageVersions({ packages }: Target): Readonly<Record<string, string>> {
  const versions: Record<string, string> = {}
  for (const entry of packages) {
    let file: string | undefined = fileURLToPath(import.meta.url)
    for (const name of entry.split(' > ')) file = file === undefined ? undefined : findManifest(name, file)
    if (file === undefined) continue
    const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as { name: string; version: string }
    versions[name] = version
  }
  return versions
}
