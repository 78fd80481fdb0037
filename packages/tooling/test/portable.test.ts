// @needs git
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { checkPortable } from '../dist/checks/portable.js'
import { createTree, shown } from './tree.js'

function track(files: Readonly<Record<string, unknown>>): string {
  const root = createTree(files)
  execFileSync('git', ['init', '--quiet'], { cwd: root })
  return root
}

const check = (text: string) => shown(checkPortable(track({ 'a.md': `fine\n${text}\n` })).findings)

// Put together here, so that the check does not find them in this file.
const HOST = ['registry', 'npmjs', 'org'].join('.')
const HOME = ['', 'home', 'ann', 'code'].join('/')
const TEMPORARY = ['', 'tmp', 'x.log'].join('/')
const WINDOWS = ['C:', 'Users', 'Ann'].join('\\')

describe('portable: nothing of one machine', () => {
  for (const [name, text] of [
    ['a registry', `see https://${HOST}/ws`],
    ['a registry without a scheme', `"registry": "${HOST}"`],
    ['a home folder', `open ${HOME}/a.ts`],
    ['a temporary file', `log to ${TEMPORARY}`],
    ['a Windows home folder', `open ${WINDOWS}\\a.ts`],
  ] as const) {
    it(`reports ${name} with file and line`, () => {
      const found = check(text)
      assert.equal(found.length, 1, found.join('\n'))
      assert.match(found[0] ?? '', /^a\.md:2 (names a package registry|holds a path of one machine)/)
    })
  }

  it('reports a download address in a lockfile', () => {
    const root = track({ 'package-lock.json': `{\n  "${'resolved'}": "https://example.org/a.tgz"\n}\n` })
    assert.match(
      shown(checkPortable(root).findings)[0] ?? '',
      /^package-lock\.json:2 holds a download address/,
    )
  })

  it('reports the folder that the repository itself stands in', () => {
    const root = track({})
    writeFileSync(join(root, 'a.md'), `at ${root}/packages\n`)
    assert.match(shown(checkPortable(root).findings)[0] ?? '', /^a\.md:1 holds a path of one machine/)
  })

  it('leaves alone what git ignores, addresses of pages, and paths of routes', () => {
    const root = track({
      '.gitignore': 'b.md\n',
      'b.md': HOME,
      'a.md': `https://example.org${HOME} and /ws and ./a/b\n`,
    })
    const { findings, scope } = checkPortable(root)
    assert.deepEqual(shown(findings), [])
    assert.equal(scope, '2 tracked files')
  })
})
