import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { checkDocs } from '../dist/checks/docs.js'
import { readDocuments, regenerate } from '../dist/document.js'
import { createTree, linkModules, manifest, repository, shown } from './tree.js'

const CORE = `export const OPTIONS = {
  maxMessageBytes: { default: 1048576, allowed: 'a | b', meaning: 'The largest message.' },
  idleTimeoutMs: { default: 25000, allowed: 'ms', meaning: 'Idle.' },
  maxConnections: { default: Infinity, allowed: 'n', meaning: 'Many.' },
  policy: { default: 'close', allowed: 'words', meaning: 'Policy.' },
  clock: { default: undefined, allowed: 'a clock', meaning: 'Time.' },
}
export const ERRORS = { ES_ERR_A: { meaning: 'A.', status: 403 }, ES_ERR_B: { meaning: 'B.', closeCode: 1008 } }
`

const TABLE = `| Option | Default | What it decides | Allowed |
| --- | --- | --- | --- |
| \`maxMessageBytes\` | \`1048576\` (1 MiB) | The largest message. | a \\| b |
| \`idleTimeoutMs\` | \`25000\` (25 s) | Idle. | ms |
| \`maxConnections\` | \`Infinity\` | Many. | n |
| \`policy\` | \`'close'\` | Policy. | words |
| \`clock\` |  | Time. | a clock |
`

function treeWith(readme: string, more: Readonly<Record<string, unknown>> = {}): string {
  return linkModules(
    createTree({
      'package.json': { type: 'module' },
      'tsconfig.base.json': readFileSync(join(repository, 'tsconfig.base.json'), 'utf8'),
      'README.md': readme,
      'packages/core/package.json': manifest('core', { description: 'The core.' }),
      'packages/core/README.md': '# core\n',
      'packages/core/dist/index.js': CORE,
      ...more,
    }),
  )
}

const check = async (readme: string, more?: Readonly<Record<string, unknown>>) =>
  shown((await checkDocs(treeWith(readme, more))).findings)

const fence = (info: string, code: string) => `\`\`\`${info}\n${code}\n\`\`\`\n`

describe('docs: what people read', () => {
  it('reports a public package without a README', async () => {
    const found = await check('', { 'packages/koa/package.json': manifest('koa') })
    assert.deepEqual(found, ['packages/koa/README.md:0 is missing; every public package has one.'])
  })

  it('lets a generated table through that is up to date', async () => {
    assert.deepEqual(await check(`<!-- generated:options -->\n${TABLE}<!-- /generated:options -->\n`), [])
  })

  it('reports a generated table that is out of date, with file and line', async () => {
    const found = await check(`# A\n\n<!-- generated:errors -->\n| old |\n<!-- /generated:errors -->\n`)
    assert.deepEqual(found, ['README.md:3 the generated region errors is out of date; run: npm run docs'])
  })

  it('reports a region that nothing generates, and one that does not end', async () => {
    const found = await check(
      '<!-- generated:weather -->\n<!-- /generated:weather -->\n<!-- generated:errors -->\n',
    )
    assert.match(
      found.join('\n'),
      /README.md:1 asks for the generated region weather; there are options, errors, packages/,
    )
    assert.match(found.join('\n'), /README.md:0 opens a generated region that it does not close/)
  })

  it('writes the tables, and leaves the rest of the text as it is', async () => {
    const root = treeWith(
      'before\n<!-- generated:errors --><!-- /generated:errors -->\n<!-- generated:options -->\nold<!-- /generated:options -->\nafter\n',
    )
    const [readme] = readDocuments(root)
    assert.ok(readme)
    const text = await regenerate(root, readme)
    assert.ok(text.includes(`<!-- generated:options -->\n${TABLE}<!-- /generated:options -->\nafter\n`), text)
    assert.equal(await regenerate(root, { ...readme, text }), text)
  })

  it('reports an example that does not compile, with file and line', async () => {
    const found = await check(`# A\n\n${fence('ts', 'const a = 1\nconst b: string = a\n')}`)
    assert.equal(found.length, 1, found.join('\n'))
    assert.match(found[0] ?? '', /^README\.md:5 the example does not compile: TS2322/)
  })

  it('reports an example in a comment that does not compile', async () => {
    const code = `/**\n * Does it.\n * @example\n * ${'```'}ts\n * const a: string = 1\n * ${'```'}\n */\nexport const a = 1\n`
    const found = await check('', { 'packages/core/src/a.ts': code })
    assert.match(found.join('\n'), /^packages\/core\/src\/a\.ts:5 the example does not compile/)
  })

  it('lets examples of one document import each other by name, and leaves other languages alone', async () => {
    const readme = `${fence('ts echo.ts', 'export const echo = 1')}${fence('ts', "import { echo } from './echo.js'\nexport const two: number = echo")}${fence('js', 'not (even ( code')}`
    assert.deepEqual(await check(readme), [])
  })

  it('reports two examples of one name in a document', async () => {
    const found = await check(`${fence('ts a.ts', 'export {}')}${fence('ts a.ts', 'export {}')}`)
    assert.deepEqual(found, ['README.md:5 names a second example a.ts; name it otherwise.'])
  })
})
