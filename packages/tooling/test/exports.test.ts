import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkExports } from '../dist/checks/exports.js'
import { createTree, linkModules, manifest, shown } from './tree.js'

const ENTRY = {
  '.': { types: './dist/index.d.ts', default: './dist/index.js' },
  './package.json': './package.json',
}
const GOOD = { license: 'MIT', exports: ENTRY, files: ['dist'] }

async function check(
  short: string,
  more: Readonly<Record<string, unknown>>,
  files: Readonly<Record<string, unknown>> = {},
) {
  const root = createTree({
    'package.json': { private: true, workspaces: ['packages/*'] },
    [`packages/${short}/package.json`]: manifest(short, { ...GOOD, ...more }),
    [`packages/${short}/dist/index.js`]: 'export const a = 1\n',
    [`packages/${short}/dist/index.d.ts`]: 'export declare const a: 1\n',
    ...files,
  })
  const { findings, figures = [] } = await checkExports(linkModules(root))
  return { found: shown(findings), figures }
}

describe('exports: a package as it would be published', () => {
  it('lets a good package through, and says what it weighs', async () => {
    const { found, figures } = await check('core', {})
    assert.deepEqual(found, [])
    assert.match(figures.join('\n'), /^@echosession\/core +\d+ kB, 0 dependencies$/)
  })

  it('counts what the dependencies weigh', async () => {
    const { found, figures } = await check('node', { dependencies: { ws: '^8.21.0' } })
    assert.deepEqual(found, [])
    assert.match(figures.join('\n'), /^@echosession\/node +\d+ kB, 1 dependency \(ws\), \d{2,} kB together$/)
  })

  it('reports an entry point that was not built', async () => {
    const { found } = await check('core', { exports: { '.': './dist/gone.js' } })
    assert.deepEqual(found, [
      'packages/core/package.json:0 exports ./dist/gone.js, which is not there; build it or leave it out.',
    ])
  })

  it('reports a dependency too many, and one too few', async () => {
    assert.match(
      (await check('core', { dependencies: { ws: '^8.21.0' } })).found.join('\n'),
      /has the dependencies ws, it may have none/,
    )
    assert.match(
      (await check('node', {})).found.join('\n'),
      /has the dependencies none, it may have exactly ws/,
    )
  })

  it('reports what publint reports', async () => {
    const { found } = await check('core', {
      exports: { '.': { default: './dist/index.js', types: './dist/index.d.ts' } },
    })
    assert.match(found.join('\n'), /^packages\/core\/package\.json:0 publint: .*types.* should be the first/m)
  })

  it('reports types that do not match the code', async () => {
    const { found } = await check(
      'core',
      {},
      { 'packages/core/dist/index.d.ts': "export { a } from './gone'\n" },
    )
    assert.match(found.join('\n'), /^packages\/core\/package\.json:0 attw: /m)
  })
})
