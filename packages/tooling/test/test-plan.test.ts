import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { findTests, planRuns, unknownWorkspace } from '../dist/test-plan.js'
import { readWorkspaces, type Workspace } from '../dist/workspace.js'
import { createTree, manifest } from './tree.js'

const root = createTree({
  'packages/core/package.json': manifest('core'),
  'packages/core/test/a.test.ts': '',
  'packages/core/test/deep/b.test.ts': '',
  'packages/core/test/tree.ts': '',
  'packages/core/.test/a.test.js': '',
  'packages/core/.test/deep/b.test.js': '',
  'packages/core/.test/gone.test.js': '',
  'packages/koa/package.json': manifest('koa'),
  'packages/koa/test/koa.test.ts': '',
  'packages/tooling/package.json': manifest('tooling', { private: true }),
  'packages/tooling/test/a.test.ts': '',
  'packages/tooling/.test/a.test.js': '',
  'packages/empty/package.json': manifest('empty'),
})
const workspaces = readWorkspaces(root)

function find(short: string): Workspace {
  const workspace = workspaces.find((entry) => entry.short === short)
  assert.ok(workspace)
  return workspace
}

const shown = (runs: ReturnType<typeof planRuns>) =>
  runs.map(({ tests, node }) => `${tests.workspace.short} ${node}`)

describe('test-plan: which tests run where', () => {
  it('finds the compiled tests, and none whose source is gone', () => {
    const { files, problems } = findTests(find('core'))
    assert.deepEqual(
      files.map((file) => file.slice(root.length)),
      ['/packages/core/.test/a.test.js', '/packages/core/.test/deep/b.test.js'],
    )
    assert.deepEqual(problems, [])
  })

  it('reports a test that was not compiled', () => {
    const { files, problems } = findTests(find('koa'))
    assert.deepEqual(files, [])
    assert.match(problems.join(), /^packages\/koa\/test\/koa\.test\.ts has no compiled counterpart/)
  })

  it('runs everything on the own Node, then the hosts on the others, and leaves out what has no tests', () => {
    const all = shown(planRuns(workspaces, { only: [], node: [] }, '20'))
    assert.deepEqual(all, [
      'core own',
      'koa own',
      'tooling own',
      'core 22',
      'koa 22',
      'core 24',
      'koa 24',
      'core 26',
      'koa 26',
    ])
  })

  it('runs nothing twice where the own Node is one of the matrix', () => {
    const all = shown(planRuns(workspaces, { only: ['koa'], node: [] }, '22'))
    assert.deepEqual(all, ['koa own', 'koa 24', 'koa 26'])
  })

  it('runs a named workspace on a named Node, in the matrix or not', () => {
    assert.deepEqual(shown(planRuns(workspaces, { only: ['tooling'], node: ['24'] }, '20')), ['tooling 24'])
    assert.deepEqual(shown(planRuns(workspaces, { only: [], node: ['24'] }, '20')), ['core 24', 'koa 24'])
    assert.deepEqual(shown(planRuns(workspaces, { only: ['@echosession/koa'], node: ['20'] }, '20')), [
      'koa own',
    ])
  })

  it('says which workspace there is not', () => {
    assert.match(
      unknownWorkspace(workspaces, ['core', 'gin']) ?? '',
      /no workspace "gin"; the workspaces are core, empty, koa, tooling/,
    )
    assert.equal(unknownWorkspace(workspaces, ['core']), undefined)
  })
})
