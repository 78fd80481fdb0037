import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkSources } from '../dist/checks/sources.js'
import { createTree, manifest, shown } from './tree.js'

function check(file: string, code: string): string[] {
  const root = createTree({
    'packages/core/package.json': manifest('core'),
    'packages/koa/package.json': manifest('koa'),
    'apps/playground/package.json': { name: 'playground', private: true },
    [file]: code,
  })
  return shown(checkSources(root).findings)
}

const lines = (count: number) =>
  `${Array.from({ length: count }, (_, index) => `export const a${index} = ${index}`).join('\n')}\n`

const BAD: readonly (readonly [name: string, file: string, code: string, expected: RegExp])[] = [
  [
    'a file of 301 lines',
    'packages/core/src/a.ts',
    lines(301),
    /^packages\/core\/src\/a.ts:301 has 301 lines, 300 are allowed/,
  ],
  ['an adapter of 121 lines', 'packages/koa/src/index.ts', lines(121), /has 121 lines, 120 are allowed/],
  ['a name in camel case', 'packages/core/src/fooBar.ts', '', /kebab-case/],
  ['a name with an underscore', 'packages/core/test/foo_bar.test.ts', '', /kebab-case/],
  ['utils.ts', 'packages/core/src/utils.ts', '', /is a dump/],
  ['types.ts in an app', 'apps/playground/src/types.ts', '', /is a dump/],
  ['a default export', 'packages/core/src/a.ts', 'export default 1\n', /a.ts:1 has a default export/],
  [
    'a default export by name',
    'packages/core/src/a.ts',
    'const a = 1\nexport { a as default }\n',
    /a.ts:2 has a default export/,
  ],
  [
    'as any',
    'packages/core/test/a.test.ts',
    '\nexport const a = (1 as any)\n',
    /a.test.ts:2 uses the type any/,
  ],
  [
    'any in a signature',
    'apps/playground/src/a.ts',
    'export function a(b: any[]): void {}\n',
    /uses the type any/,
  ],
  [
    'an underscored member',
    'packages/koa/src/a.ts',
    'export const a = (s: { _socket: 1 }) => s._socket\n',
    /reads _socket/,
  ],
  [
    'an underscored member by string',
    'packages/koa/src/a.ts',
    "export const a = (s: { _h: 1 }) => s['_h']\n",
    /reads _h/,
  ],
  ['TODO', 'packages/core/src/a.ts', '// TODO later\n', /a.ts:1 says TODO/],
  ['FIXME in a test', 'packages/core/test/a.test.ts', '\n/* FIXME */\n', /a.test.ts:2 says FIXME/],
  ['ts-ignore', 'packages/core/src/a.ts', '// @ts-ignore\n', /suppresses a check with @ts-ignore/],
  [
    'a lint suppression',
    'packages/core/src/a.ts',
    '// biome-ignore lint: no\n',
    /suppresses a check with biome-ignore/,
  ],
  ['test.skip', 'packages/core/test/a.test.ts', "test.skip('a', () => {})\n", /keeps a test from running/],
  [
    'describe.only',
    'packages/core/test/a.test.ts',
    "describe.only('a', () => {})\n",
    /keeps a test from running/,
  ],
  ['t.skip()', 'packages/core/test/a.test.ts', "test('a', (t) => t.skip())\n", /keeps a test from running/],
  [
    'the option skip',
    'packages/core/test/a.test.ts',
    "it('a', { skip: true }, () => {})\n",
    /keeps a test from running/,
  ],
  [
    'the option todo',
    'packages/core/test/a.test.ts',
    "it('a', { todo: 'b' })\n",
    /keeps a test from running/,
  ],
  [
    'an interface with an I',
    'packages/core/src/a.ts',
    'export interface IThing {}\n',
    /names IThing by a prefix/,
  ],
  ['a base class', 'packages/core/src/a.ts', 'export class BaseThing {}\n', /names BaseThing by a prefix/],
  ['console.log', 'packages/core/src/a.ts', "console.log('a')\n", /calls console.log/],
]

describe('sources: the rules of the house', () => {
  for (const [name, file, code, expected] of BAD) {
    it(`reports ${name}`, () => {
      const found = check(file, code)
      assert.equal(found.length, 1, found.join('\n'))
      assert.match(found[0] ?? '', expected)
    })
  }

  it('lets through a file of 300 lines, an adapter of 120, and a test of any length', () => {
    assert.deepEqual(check('packages/core/src/a.ts', lines(300)), [])
    assert.deepEqual(check('packages/koa/src/a.ts', lines(120)), [])
    assert.deepEqual(check('packages/koa/test/a.test.ts', lines(500)), [])
  })

  it('lets through what only looks like a fault', () => {
    const code =
      "export const a = '// TODO'\nexport const only = { skip: 1 }\nclass Box { #_x = 1; get() { return this.#_x } }\nexport { Box }\n"
    assert.deepEqual(check('packages/core/src/session-request.ts', code), [])
    assert.deepEqual(check('apps/playground/vite.config.ts', 'export default {}\n'), [])
  })
})
