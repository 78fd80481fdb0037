import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkLock } from '../dist/checks/lock.js'
import { createTree, shown } from './tree.js'

const LOCK = {
  name: 'x',
  lockfileVersion: 3,
  requires: true,
  packages: {
    '': { name: 'x', dependencies: { a: 'file:a' } },
    a: { version: '1.0.0' },
    'node_modules/a': { resolved: 'a', link: true },
  },
}

const check = (dependencies: Readonly<Record<string, string>>) =>
  shown(
    checkLock(
      createTree({
        'package.json': { name: 'x', dependencies },
        'package-lock.json': LOCK,
        'a/package.json': { name: 'a', version: '1.0.0' },
        'b/package.json': { name: 'b', version: '1.0.0' },
      }),
    ).findings,
  )

describe('lock: what npm ci makes of the lockfile', () => {
  it('lets a lockfile through that has everything', () => {
    assert.deepEqual(check({ a: 'file:a' }), [])
  })

  it('reports what the lockfile lacks', () => {
    const found = check({ a: 'file:a', b: 'file:b' })
    assert.equal(found.length, 1, found.join('\n'))
    assert.match(found[0] ?? '', /^package-lock\.json:0 Missing: b@.* from lock file; run npm install/)
  })
})
