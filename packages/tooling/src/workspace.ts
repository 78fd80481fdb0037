import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'

/** The fields of a package.json that the tooling reads. */
export interface Manifest {
  readonly name: string
  readonly version?: string
  readonly description?: string
  readonly private?: boolean
  readonly workspaces?: readonly string[]
  readonly exports?: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

/** One workspace of the repository. */
export interface Workspace {
  /** Its npm name. */
  readonly name: string
  /** The name of its folder, which is also how the command line names it. */
  readonly short: string
  /** Whether it lives under `packages` or under `apps`. */
  readonly kind: 'package' | 'app'
  /** Its folder, absolute. */
  readonly folder: string
  /** Its folder from the repository's root, with slashes. */
  readonly path: string
  readonly manifest: Manifest
}

/** Reads a package.json. */
export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

/** Lists the workspaces under `packages` and `apps`, in the order of their names. */
export function readWorkspaces(root: string): Workspace[] {
  const workspaces: Workspace[] = []
  for (const kind of ['package', 'app'] as const) {
    const parent = join(root, `${kind}s`)
    if (!existsSync(parent)) continue
    for (const short of readdirSync(parent).sort()) {
      const folder = join(parent, short)
      if (!existsSync(join(folder, 'package.json'))) continue
      const manifest = readManifest(folder)
      workspaces.push({ name: manifest.name, short, kind, folder, path: `${kind}s/${short}`, manifest })
    }
  }
  return workspaces
}

/** Whether the workspace is published. */
export function isPublic(workspace: Workspace): boolean {
  return workspace.kind === 'package' && workspace.manifest.private !== true
}

/** Lists the files under a folder as paths from it, with slashes, sorted; an absent folder has none. */
export function listFiles(folder: string, isWanted: (path: string) => boolean): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !/(^|\/)node_modules\//.test(path) && isWanted(path))
    .sort()
}
