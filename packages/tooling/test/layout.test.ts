import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkLayout } from '../dist/checks/layout.js'
import { createTree, manifest, shown } from './tree.js'

const GOOD = {
  'package.json': {},
  'package-lock.json': {},
  'turbo.json': {},
  'tsconfig.base.json': {},
  'README.md': '',
  LICENSE: '',
  '.changeset/config.json': { fixed: [['@echosession/*']] },
  'packages/core/package.json': manifest('core'),
  'apps/echo-node/package.json': { name: 'echo-node', private: true },
}

const check = (files: Readonly<Record<string, unknown>>) => shown(checkLayout(createTree(files)).findings)

const BAD: readonly (readonly [name: string, files: Readonly<Record<string, unknown>>, expected: RegExp])[] =
  [
    ['a stranger at the top level', { 'notes.txt': '' }, /notes.txt:0 does not belong at the top level/],
    ['a folder that does not belong at the top level', { 'scripts/a.js': '' }, /scripts:0 does not belong/],
    [
      'changesets that let the versions drift',
      { '.changeset/config.json': {} },
      /"@echosession\/\*" under fixed/,
    ],
    [
      'a package of another version',
      { 'packages/koa/package.json': manifest('koa', { version: '0.2.0' }) },
      /has version 0.2.0, core has 0.1.0/,
    ],
    [
      'a package that is not named after its folder',
      { 'packages/koa/package.json': manifest('coa') },
      /name it @echosession\/koa/,
    ],
    [
      'a peer that turbo does not know of',
      {
        'packages/koa/package.json': manifest('koa', {
          peerDependencies: { '@echosession/core': '0.1.0', koa: '^3.0.0' },
        }),
      },
      /has the peer @echosession\/core but not as a devDependency too/,
    ],
    [
      'an app that could be published',
      { 'apps/echo-koa/package.json': { name: 'echo-koa' } },
      /set "private": true/,
    ],
  ]

describe('layout: what stands where', () => {
  it('lets a good tree through, with dotfiles and what git ignores', () => {
    assert.deepEqual(
      check({ ...GOOD, '.npmrc': '', 'node_modules/a/b.js': '', 'report/a.html': '', 'CHANGELOG.md': '' }),
      [],
    )
  })

  for (const [name, files, expected] of BAD) {
    it(`reports ${name}`, () => {
      const found = check({ ...GOOD, ...files })
      assert.equal(found.length, 1, found.join('\n'))
      assert.match(found[0] ?? '', expected)
    })
  }

  for (const absent of ['README.md', 'LICENSE', '.changeset/config.json', 'turbo.json']) {
    it(`reports that ${absent} is missing`, () => {
      const files = Object.fromEntries(Object.entries(GOOD).filter(([path]) => path !== absent))
      assert.match(check(files).join('\n'), /is missing/)
    })
  }
})
