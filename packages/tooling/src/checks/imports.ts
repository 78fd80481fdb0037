import { posix } from 'node:path'
import type { CheckResult, Finding } from '../finding.js'
import { type ImportUse, readSources, type SourceFile } from '../source-file.js'
import { readWorkspaces, type Workspace } from '../workspace.js'

const SCOPE = '@echosession/'

/** Which packages of this repository each package may import, by folder name. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  node: ['core'],
  client: ['core'],
  'relay-redis': ['core'],
  'relay-nats': ['core'],
  conformance: ['core'],
  express: ['core', 'node'],
  koa: ['core', 'node'],
  fastify: ['core', 'node'],
  hono: ['core', 'node'],
  probe: [],
  hosts: ['core', 'node', 'express', 'koa', 'fastify', 'hono', 'conformance', 'probe'],
  tooling: [],
}

const TEST_RUNNERS = [
  'node:test',
  'vitest',
  'jest',
  '@jest/globals',
  'mocha',
  'ava',
  'tap',
  'tape',
  'uvu',
  'bun:test',
]

/** Where `ws` itself, not its types alone, may be imported outside of tests. */
const WS_USERS = [
  'packages/node',
  'packages/hosts',
  'apps/bench',
  'apps/conformance-run',
  'apps/demo-cluster',
  'apps/relay-soak',
]

/** The name of the package that an import is from. */
function packageOf(module: string): string {
  return module.split('/', module.startsWith('@') ? 2 : 1).join('/')
}

function isDeclared({ manifest }: Workspace, name: string): boolean {
  const { dependencies, peerDependencies, optionalDependencies } = manifest
  return [dependencies, peerDependencies, optionalDependencies].some(
    (list) => list !== undefined && name in list,
  )
}

function checkRelative(file: SourceFile, use: ImportUse): string | undefined {
  const target = posix.join(posix.dirname(file.path), use.module)
  if (target.startsWith(`${file.workspace.path}/`)) return undefined
  return `imports ${use.module}, which is outside of ${file.workspace.path}; import the package by its name.`
}

function checkOwn(file: SourceFile, use: ImportUse): string | undefined {
  const name = packageOf(use.module)
  const { workspace } = file
  const short = name.slice(SCOPE.length)
  const subpath = use.module.slice(name.length + 1)
  if (/^(src|dist|test)\b/.test(subpath)) {
    return `reaches into ${name} by ${use.module}; import one of its entry points.`
  }
  // Tests may use whatever they test with; what ships may not.
  if (workspace.kind === 'app' || file.area !== 'src' || short === workspace.short) return undefined
  const allowed = MAY_IMPORT[workspace.short]
  if (allowed === undefined) {
    return `${workspace.short} has no row in MAY_IMPORT; add one in packages/tooling/src/checks/imports.ts.`
  }
  if (allowed.includes(short)) return undefined
  const list =
    allowed.length === 0 ? 'no other package' : allowed.map((name) => `${SCOPE}${name}`).join(' and ')
  return `imports ${name}, but ${workspace.name} may import ${list}; move the code or turn the dependency around.`
}

function checkForeign(file: SourceFile, use: ImportUse): string | undefined {
  const { workspace } = file
  const name = packageOf(use.module)
  if (name === 'ws' && !use.isTypeOnly && !WS_USERS.includes(workspace.path)) {
    return 'imports ws; only packages/node does, so go through @echosession/node (types alone are fine).'
  }
  if (workspace.kind === 'app') return undefined
  if (workspace.short === 'core') return `imports ${use.module}; core imports nothing, not even from Node.`
  if (workspace.short === 'conformance' && TEST_RUNNERS.includes(use.module)) {
    return `imports the test runner ${use.module}; take what the suite needs as an argument.`
  }
  const isFree =
    workspace.manifest.private === true || use.module.startsWith('node:') || (name === 'ws' && use.isTypeOnly)
  if (isFree || isDeclared(workspace, name)) return undefined
  return `imports ${name}, which ${workspace.path}/package.json does not declare; add it to dependencies or peerDependencies.`
}

function checkUse(file: SourceFile, use: ImportUse, workspaces: readonly Workspace[]): string | undefined {
  const app = workspaces.find(
    (workspace) => workspace.kind === 'app' && workspace.name === packageOf(use.module),
  )
  if (app !== undefined && file.workspace.kind === 'package') {
    return `imports the app ${app.name}; no package may import an app, so move what it needs into a package.`
  }
  if (use.module.startsWith('.')) return file.area === 'src' ? checkRelative(file, use) : undefined
  if (use.module.startsWith(SCOPE)) return checkOwn(file, use)
  return file.area === 'src' ? checkForeign(file, use) : undefined
}

/** Checks who imports whom: between the packages, from the outside, and across folders. */
export function checkImports(root: string): CheckResult {
  const workspaces = readWorkspaces(root)
  const findings: Finding[] = []
  let count = 0
  for (const file of workspaces.flatMap(readSources)) {
    for (const use of file.imports) {
      count += 1
      const what = checkUse(file, use, workspaces)
      if (what !== undefined) findings.push({ file: file.path, line: use.line, what })
    }
  }
  return { findings, scope: `${count} imports` }
}
