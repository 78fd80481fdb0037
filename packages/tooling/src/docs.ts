import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readDocuments, regenerate } from './document.js'

const root = fileURLToPath(new URL('../../..', import.meta.url))

for (const document of readDocuments(root)) {
  const text = await regenerate(root, document)
  if (text === document.text) continue
  writeFileSync(join(root, document.path), text)
  process.stdout.write(`${document.path} is up to date now\n`)
}
