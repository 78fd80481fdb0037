import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkImports } from '../dist/checks/imports.js'
import { createTree, manifest, shown } from './tree.js'

/** A tree with every package, an app, and the given files on top. */
function treeWith(files: Readonly<Record<string, unknown>>): string {
  const packages = ['core', 'node', 'express', 'koa', 'conformance', 'client', 'relay-redis']
  const manifests = packages.map((short) => [
    `packages/${short}/package.json`,
    manifest(short, {
      peerDependencies: { express: '^5.0.0', redis: '^5.0.0' },
      dependencies: { ws: '^8.21.0' },
    }),
  ])
  return createTree({
    ...Object.fromEntries(manifests),
    'apps/echo-node/package.json': { name: 'echo-node', private: true },
    'apps/bench/package.json': { name: 'bench', private: true },
    ...files,
  })
}

const FORBIDDEN: readonly (readonly [name: string, file: string, code: string, expected: RegExp])[] = [
  [
    'core importing from Node',
    'packages/core/src/a.ts',
    "import { join } from 'node:path'",
    /core imports nothing/,
  ],
  ['core importing a library', 'packages/core/src/a.ts', "import x from 'express'", /core imports nothing/],
  [
    'core importing types from Node',
    'packages/core/src/a.ts',
    "import type { X } from 'node:http'",
    /core imports nothing/,
  ],
  [
    'core importing node',
    'packages/core/src/a.ts',
    "import { x } from '@echosession/node'",
    /may import no other package/,
  ],
  [
    'an adapter importing a relay',
    'packages/express/src/a.ts',
    "import { x } from '@echosession/relay-redis'",
    /may import @echosession\/core and @echosession\/node/,
  ],
  [
    'an adapter importing an adapter',
    'packages/express/src/a.ts',
    "export * from '@echosession/koa'",
    /may import @echosession\/core and/,
  ],
  [
    'a relay importing an adapter',
    'packages/relay-redis/src/a.ts',
    "import { x } from '@echosession/express'",
    /may import @echosession\/core;/,
  ],
  [
    'a relay importing node',
    'packages/relay-redis/src/a.ts',
    "import { x } from '@echosession/node'",
    /may import @echosession\/core;/,
  ],
  [
    'the client importing node',
    'packages/client/src/a.ts',
    "import type { X } from '@echosession/node'",
    /may import @echosession\/core;/,
  ],
  [
    'conformance importing an adapter',
    'packages/conformance/src/a.ts',
    "const x = await import('@echosession/express')",
    /may import @echosession\/core;/,
  ],
  [
    'conformance importing a test runner',
    'packages/conformance/src/a.ts',
    "import { test } from 'node:test'",
    /test runner node:test/,
  ],
  [
    'an adapter importing ws',
    'packages/koa/src/a.ts',
    "import { WebSocket } from 'ws'",
    /only packages\/node does/,
  ],
  [
    'an app importing ws',
    'apps/echo-node/src/a.ts',
    "import { WebSocket } from 'ws'",
    /only packages\/node does/,
  ],
  [
    'an app importing ws by export',
    'apps/echo-node/src/a.ts',
    "export { WebSocket } from 'ws'",
    /only packages\/node does/,
  ],
  [
    'a package importing an app',
    'packages/koa/src/a.ts',
    "import { x } from 'echo-node'",
    /imports the app echo-node; no package may/,
  ],
  [
    'an undeclared library',
    'packages/koa/src/a.ts',
    "import x from '@koa/router'",
    /@koa\/router, which packages\/koa\/package.json does not declare/,
  ],
  [
    'a path into another package',
    'packages/koa/src/a.ts',
    "import { x } from '../../core/src/b.js'",
    /outside of packages\/koa/,
  ],
  [
    'a path into dist',
    'packages/koa/src/a.ts',
    "import { x } from '@echosession/core/dist/b.js'",
    /one of its entry points/,
  ],
  [
    'a package without a row',
    'packages/new-thing/src/a.ts',
    "import { x } from '@echosession/core'",
    /no row in MAY_IMPORT/,
  ],
]

describe('imports: who may import whom', () => {
  for (const [name, file, code, expected] of FORBIDDEN) {
    it(`reports ${name}`, () => {
      const root = treeWith({
        'packages/new-thing/package.json': manifest('new-thing'),
        [file]: `const a = 1\n${code}\nexport { a }\n`,
      })
      const found = shown(checkImports(root).findings)
      assert.equal(found.length, 1, found.join('\n'))
      assert.match(found[0] ?? '', expected)
      assert.ok(found[0]?.startsWith(`${file}:2 `), found[0])
    })
  }

  it('reports an app that is imported by its scoped name', () => {
    const root = treeWith({
      'apps/echo-koa/package.json': { name: '@echosession/echo-koa', private: true },
      'packages/koa/test/a.test.ts': "import { x } from '@echosession/echo-koa'\n",
    })
    assert.match(shown(checkImports(root).findings).join('\n'), /no package may import an app/)
  })

  it('lets through what the design allows', () => {
    const root = treeWith({
      'packages/core/src/index.ts': "export { a } from './a.js'\n",
      'packages/core/src/a.ts': 'export const a = 1\n',
      'packages/core/test/a.test.ts':
        "import test from 'node:test'\nimport { x } from '@echosession/node'\nimport { WebSocket } from 'ws'\n",
      'packages/node/src/a.ts':
        "import { WebSocket } from 'ws'\nimport http from 'node:http'\nimport { x } from '@echosession/core'\n",
      'packages/express/src/a.ts':
        "import express from 'express'\nimport { x } from '@echosession/node'\nimport type { WebSocket } from 'ws'\n",
      'packages/relay-redis/src/a.ts':
        "import { createClient } from 'redis'\nimport { x } from '@echosession/core/memory'\n",
      'packages/conformance/src/a.ts': "import net from 'node:net'\nimport { x } from '@echosession/core'\n",
      'apps/bench/src/a.ts': "import { WebSocket } from 'ws'\nimport { x } from '@echosession/express'\n",
      'apps/echo-node/src/a.ts':
        "import Fastify from 'fastify'\nimport { x } from '@echosession/express'\nimport { y } from 'bench'\n",
    })
    const { findings, scope } = checkImports(root)
    assert.deepEqual(shown(findings), [])
    assert.equal(scope, '19 imports')
  })

  it('is not misled by imports in comments and strings', () => {
    const code =
      '/** import x from "express" */\n// import "node:fs"\nexport const a = \'import y from "koa"\'\n'
    assert.deepEqual(checkImports(treeWith({ 'packages/core/src/a.ts': code })).findings, [])
  })
})
