import assert from 'node:assert/strict'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { findProgram, neededServices, provideServices, SERVICES } from '../dist/service.js'
import { createTree } from './tree.js'

const root = createTree({
  'import.test.js': "import { chromium } from 'playwright-core'\n",
  'through.test.js': "import './page.js'\n",
  'page.js': "export * from './deeper.js'\n",
  'deeper.js': "import 'playwright-core'\n",
  'comment.test.js': '// @needs nginx, redis-server\nimport test from "node:test"\n',
  'string.test.js': 'export const a = "import x from \'redis\' // @needs nginx"\n',
  'cycle.test.js': "import './cycle.test.js'\n",
  'bin/present-here': '#!/bin/sh\n',
})
const needs = (file: string) => [...neededServices(join(root, file), SERVICES)].map((service) => service.name)

describe('service: what tests need besides Node', () => {
  it('is seen by an import, also one through the own files', () => {
    assert.deepEqual(needs('import.test.js'), ['chromium'])
    assert.deepEqual(needs('through.test.js'), ['chromium'])
  })

  it('is seen by a comment, and not by a string', () => {
    assert.deepEqual(needs('comment.test.js').sort(), ['nginx', 'redis-server'])
    assert.deepEqual(needs('string.test.js'), [])
    assert.deepEqual(needs('cycle.test.js'), [])
  })

  it('finds a program that can be executed on the search path, and no other', (t) => {
    const before = process.env.PATH
    process.env.PATH = join(root, 'bin')
    t.after(() => {
      process.env.PATH = before
    })
    assert.equal(findProgram(['present-here']), undefined)
    chmodSync(join(root, 'bin', 'present-here'), 0o755)
    assert.equal(findProgram(['absent-here', 'present-here']), join(root, 'bin', 'present-here'))
  })

  it('says of a service that cannot be had how to get it', (t) => {
    // Without apt-get on the search path nothing can be installed.
    const before = process.env.PATH
    process.env.PATH = root
    t.after(() => {
      process.env.PATH = before
    })
    const service = { name: 'unheard-of', binaries: ['unheard-of'], debian: ['unheard-of'], importedBy: [] }
    const said: string[] = []
    const missing = provideServices(new Set([service]), (line) => said.push(line))
    assert.equal(
      missing.get(service),
      'unheard-of is not on this machine; install it with: sudo apt-get install unheard-of',
    )
    assert.deepEqual(said, [])
  })

  it('says of a service that is there and does not work what has to succeed', () => {
    const service = { name: 'helpless', binaries: ['node'], debian: [], importedBy: [], works: 'exit 3' }
    const missing = provideServices(new Set([service, { ...service, works: 'exit 0' }]), () => {})
    assert.deepEqual(
      [...missing],
      [[service, 'helpless is of no use on this machine: this has to succeed: exit 3']],
    )
  })
})
