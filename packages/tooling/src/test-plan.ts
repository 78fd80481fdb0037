import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { listFiles, type Workspace } from './workspace.js'

/** The Node majors that the host tests run on besides the machine's own. */
export const MATRIX_MAJORS = ['22', '24', '26'] as const

/** The workspaces whose tests run on every Node of the matrix: the ones that sit on a host. */
export const MATRIX_WORKSPACES: readonly string[] = [
  'core',
  'node',
  'express',
  'koa',
  'fastify',
  'hono',
  'hosts',
]

/** The test files of one workspace. */
export interface TestFiles {
  readonly workspace: Workspace
  /** Compiled test files, absolute. */
  readonly files: readonly string[]
  /** What keeps tests from running, one sentence each. */
  readonly problems: readonly string[]
}

/** One workspace's tests on one Node. */
export interface PlannedRun {
  readonly tests: TestFiles
  /** `own` for the Node that runs this, else a major version. */
  readonly node: string
}

/** What the command line asks for. */
export interface Selection {
  /** Folder or package names of workspaces; none means all. */
  readonly only: readonly string[]
  /** Majors, or `own`; none means the machine's Node and then the matrix. */
  readonly node: readonly string[]
}

/** Finds the compiled tests of a workspace, and the sources that have none. */
export function findTests(workspace: Workspace): TestFiles {
  const sources = listFiles(join(workspace.folder, 'test'), (path) => path.endsWith('.test.ts'))
  const files: string[] = []
  const problems: string[] = []
  for (const source of sources) {
    const compiled = join(workspace.folder, '.test', source.replace(/\.ts$/, '.js'))
    if (existsSync(compiled)) files.push(compiled)
    else {
      problems.push(
        `${workspace.path}/test/${source} has no compiled counterpart in .test; let the build script of ${workspace.path} compile test/tsconfig.json.`,
      )
    }
  }
  return { workspace, files, problems }
}

function isSelected(workspace: Workspace, only: readonly string[]): boolean {
  return only.length === 0 || only.includes(workspace.short) || only.includes(workspace.name)
}

/** Puts the runs in order: every workspace on the machine's Node, then the hosts on each Node of the matrix. */
export function planRuns(
  workspaces: readonly Workspace[],
  selection: Selection,
  ownMajor: string,
): PlannedRun[] {
  const selected = workspaces
    .filter((workspace) => isSelected(workspace, selection.only))
    .map(findTests)
    .filter((tests) => tests.files.length + tests.problems.length > 0)
  const asked = selection.node.map((node) => (node === ownMajor ? 'own' : node))
  const majors = asked.length > 0 ? asked : ['own', ...MATRIX_MAJORS.filter((major) => major !== ownMajor)]
  const runs: PlannedRun[] = []
  for (const node of new Set(majors)) {
    for (const tests of selected) {
      // A workspace named on the command line runs where it was asked to, in the matrix or not.
      const named = selection.only.length > 0 && selection.node.length > 0
      if (node !== 'own' && !named && !MATRIX_WORKSPACES.includes(tests.workspace.short)) continue
      runs.push({ tests, node })
    }
  }
  return runs
}

/** Says in one sentence which asked-for name is no workspace, or nothing. */
export function unknownWorkspace(
  workspaces: readonly Workspace[],
  only: readonly string[],
): string | undefined {
  const wrong = only.find((name) => !workspaces.some((workspace) => isSelected(workspace, [name])))
  if (wrong === undefined) return undefined
  return `There is no workspace ${JSON.stringify(wrong)}; the workspaces are ${workspaces.map((workspace) => workspace.short).join(', ')}.`
}
