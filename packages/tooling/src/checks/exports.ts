import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import type { CheckResult, Finding } from '../finding.js'
import { burdenOf, packWorkspaces, type Tarball } from '../tarball.js'
import { isPublic, readWorkspaces, type Workspace } from '../workspace.js'

/** The dependencies that packages may have; a package without a row has none. */
const DEPENDENCIES: Readonly<Record<string, readonly string[]>> = {
  node: ['ws'],
  fastify: ['fastify-plugin'],
  conformance: ['@echosession/core'],
  client: ['@echosession/core'],
}

function entryFiles(exports: unknown): string[] {
  if (typeof exports === 'string') return [exports]
  return typeof exports === 'object' && exports !== null ? Object.values(exports).flatMap(entryFiles) : []
}

function checkBuilt({ path, folder, manifest }: Workspace): Finding[] {
  return entryFiles(manifest.exports)
    .filter((file) => !existsSync(join(folder, file)))
    .map((file) => ({
      file: `${path}/package.json`,
      line: 0,
      what: `exports ${file}, which is not there; build it or leave it out.`,
    }))
}

function checkDependencies({ path, short, manifest }: Workspace): Finding[] {
  const allowed = DEPENDENCIES[short] ?? []
  const has = Object.keys(manifest.dependencies ?? {})
  if (has.length === allowed.length && has.every((name) => allowed.includes(name))) return []
  const want = allowed.length === 0 ? 'none' : `exactly ${allowed.join(', ')}`
  const what = `has the dependencies ${has.join(', ') || 'none'}, it may have ${want}; make a framework a peer dependency.`
  return [{ file: `${path}/package.json`, line: 0, what }]
}

async function checkPublint({ workspace, file }: Tarball): Promise<Finding[]> {
  const bytes = readFileSync(file)
  const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true })
  return messages.map((message) => ({
    file: `${workspace.path}/package.json`,
    line: 0,
    what: `publint: ${formatMessage(message, pkg ?? {}, { color: false }) ?? message.code}`,
  }))
}

interface AttwReport {
  readonly analysis: {
    readonly types: unknown
    readonly problems?: readonly { readonly kind: string; readonly entrypoint?: string }[]
  }
}

async function checkTypes(root: string, { workspace, file }: Tarball): Promise<Finding[]> {
  const attw = join(root, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js')
  const line = [attw, file, '--profile', 'esm-only', '--no-definitely-typed', '--format', 'json']
  const child = spawn(process.execPath, line, { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>((resolve, reject) =>
    child.once('close', resolve).once('error', reject),
  )
  const [out, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  if (code === 0) return []
  const at = { file: `${workspace.path}/package.json`, line: 0 }
  if (!out.trimStart().startsWith('{'))
    return [{ ...at, what: `attw ended with ${code}: ${(errors || out).trim()}` }]
  const problems = (JSON.parse(out) as AttwReport).analysis.problems ?? []
  const kinds = new Set(
    problems.map(({ kind, entrypoint }) => (entrypoint === undefined ? kind : `${kind} at ${entrypoint}`)),
  )
  return [
    {
      ...at,
      what: `attw: ${[...kinds].join(', ') || 'the package has no types'}; let "exports" name the types first.`,
    },
  ]
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(0)} kB`
}

function figure(root: string, { workspace, unpackedBytes }: Tarball, packed: readonly Tarball[]): string {
  const { names, bytes } = burdenOf(root, workspace, packed)
  const count = names.length === 1 ? '1 dependency' : `${names.length} dependencies`
  const total =
    names.length === 0 ? '' : ` (${names.join(', ')}), ${kilobytes(unpackedBytes + bytes)} together`
  return `${workspace.name.padEnd(26)} ${kilobytes(unpackedBytes).padStart(7)}, ${count}${total}`
}

/** Checks each public package as it would be published: entry points, types, dependencies, size. */
export async function checkExports(root: string): Promise<CheckResult> {
  const workspaces = readWorkspaces(root).filter(isPublic)
  const scope = `${workspaces.length} packages`
  const early = workspaces.flatMap((workspace) => [...checkBuilt(workspace), ...checkDependencies(workspace)])
  const packable = workspaces.filter((workspace) => checkBuilt(workspace).length === 0)
  if (packable.length === 0) return { findings: early, scope }
  const folder = mkdtempSync(join(tmpdir(), 'echosession-pack-'))
  try {
    const tarballs = packWorkspaces(root, packable, folder)
    const late: Finding[] = []
    for (const tarball of tarballs)
      late.push(...(await checkPublint(tarball)), ...(await checkTypes(root, tarball)))
    return {
      findings: [...early, ...late],
      scope,
      figures: tarballs.map((tarball) => figure(root, tarball, tarballs)),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
