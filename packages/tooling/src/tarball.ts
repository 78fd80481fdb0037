import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { npmCommand } from './runtime.js'
import { readManifest, type Workspace } from './workspace.js'

/** A package as npm would publish it. */
export interface Tarball {
  readonly workspace: Workspace
  /** The .tgz file. */
  readonly file: string
  /** The size of what it unpacks to, in bytes. */
  readonly unpackedBytes: number
  /** The paths in it. */
  readonly files: readonly string[]
}

interface PackReport {
  readonly filename: string
  readonly unpackedSize: number
  readonly files: readonly { readonly path: string }[]
}

/**
 * Packs workspaces into a folder, with one call of npm.
 * @throws Error with what npm says.
 */
export function packWorkspaces(root: string, workspaces: readonly Workspace[], into: string): Tarball[] {
  const [command, ...rest] = npmCommand()
  const line = ['pack', '--json', '--ignore-scripts', '--pack-destination', into]
  const answer = spawnSync(
    command,
    [...rest, ...line, ...workspaces.flatMap(({ name }) => ['--workspace', name])],
    {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 64_000_000,
    },
  )
  if (answer.status !== 0) throw new Error(`npm pack failed: ${answer.stderr.trim()}`)
  const parsed = JSON.parse(answer.stdout) as readonly PackReport[] | Readonly<Record<string, PackReport>>
  const reports = Object.values(parsed)
  return workspaces.map((workspace) => {
    const stem = workspace.name.replace('@', '').replace('/', '-')
    const report = reports.find(
      (entry) => entry.filename.split('/').at(-1) === `${stem}-${workspace.manifest.version}.tgz`,
    )
    if (report === undefined) throw new Error(`npm pack made no tarball of ${workspace.name}.`)
    const file = join(into, `${stem}-${workspace.manifest.version}.tgz`)
    return {
      workspace,
      file,
      unpackedBytes: report.unpackedSize,
      files: report.files.map(({ path }) => path),
    }
  })
}

function folderBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}

/** What a package brings along: its dependencies, theirs too, peers not, with their size on the disk in bytes. */
export interface Burden {
  readonly names: readonly string[]
  readonly bytes: number
}

/** Adds up the dependencies of a package: packages of this repository as they are packed, others as installed. */
export function burdenOf(root: string, workspace: Workspace, packed: readonly Tarball[]): Burden {
  const seen = new Set<string>()
  let bytes = 0
  const visit = (dependencies: Readonly<Record<string, string>> = {}) => {
    for (const name of Object.keys(dependencies)) {
      const own = packed.find((tarball) => tarball.workspace.name === name)
      const folder = join(root, 'node_modules', name)
      if (seen.has(name) || (own === undefined && !existsSync(folder))) continue
      seen.add(name)
      bytes += own?.unpackedBytes ?? folderBytes(folder)
      visit((own?.workspace.manifest ?? readManifest(folder)).dependencies)
    }
  }
  visit(workspace.manifest.dependencies)
  return { names: [...seen], bytes }
}
