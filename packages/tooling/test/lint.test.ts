import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { checkLint } from '../dist/checks/lint.js'
import { createTree, linkModules, repository, shown } from './tree.js'

const CONFIGURATION = readFileSync(join(repository, '.biome.json'), 'utf8')
const check = (code: string) =>
  shown(checkLint(linkModules(createTree({ '.biome.json': CONFIGURATION, 'a.ts': code }))).findings)

describe('lint: Biome over the repository', () => {
  it('lets a clean file through', () => {
    assert.deepEqual(check("export const a = 'b'\n"), [])
  })

  it('reports a broken rule with file and line', () => {
    assert.match(
      check("export const a = 'b'\nexport default a\n").join('\n'),
      /^a\.ts:2 lint\/style\/noDefaultExport/m,
    )
  })

  it('reports a file that is not formatted', () => {
    assert.match(check('export const a="b";\n').join('\n'), /^a\.ts:1 format: /m)
  })
})
