import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('.ts'),
)
const read = (path: string) => readFileSync(join(root, 'src', path), 'utf8')
const codeOf = (path: string) => read(path).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')

test('core has no dependency of any kind', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, unknown>
  for (const kind of ['dependencies', 'peerDependencies', 'optionalDependencies', 'bundledDependencies']) {
    assert.equal(manifest[kind], undefined, kind)
  }
})

test('core imports nothing but its own files: no node: module, no package', () => {
  assert.ok(files.length > 20)
  for (const file of files) {
    for (const [, from = ''] of codeOf(file).matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)) {
      assert.match(from, /^\.\.?\//, `${file} imports ${from}`)
    }
  }
})

test('core uses no global that only Node has', () => {
  for (const file of files) {
    const code = codeOf(file)
    assert.doesNotMatch(code, /\b(?:process|Buffer|setImmediate|require|__dirname|global)\b[.(]/, file)
  }
})

test('every file is named in kebab-case and has at most 300 lines', () => {
  for (const file of files) {
    assert.match(file, /^(?:[a-z-]+\/)*[a-z]+(?:-[a-z]+)*\.ts$/, file)
    assert.ok(read(file).split('\n').length <= 301, file)
  }
})

test('only the memory transport reaches into the engine from outside of it, and nothing the other way', () => {
  for (const file of files.filter((path) => !path.startsWith('memory/'))) {
    assert.doesNotMatch(read(file), /from '\.\/memory\//, file)
  }
})
