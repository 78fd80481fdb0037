import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { GENERATORS } from './generated-table.js'
import { fillRegions, generatedRegions } from './markdown.js'
import { listFiles, readWorkspaces } from './workspace.js'

/** A Markdown file of the repository. */
export interface Document {
  /** Its path from the root, with slashes. */
  readonly path: string
  readonly text: string
}

/** Reads the documents that people read: the README, docs, and the Markdown files at the top of each workspace. */
export function readDocuments(root: string): Document[] {
  const inWorkspaces = readWorkspaces(root).flatMap(({ folder, path }) =>
    listFiles(folder, (name) => /^[^/]+\.md$/.test(name) && name !== 'CHANGELOG.md').map(
      (name) => `${path}/${name}`,
    ),
  )
  const inDocs = listFiles(join(root, 'docs'), (name) => name.endsWith('.md')).map((name) => `docs/${name}`)
  return ['README.md', ...inDocs, ...inWorkspaces]
    .filter((path) => existsSync(join(root, path)))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

/** Gives the text that a document has once its generated regions are up to date. */
export async function regenerate(root: string, document: Document): Promise<string> {
  const contents = new Map<string, string>()
  for (const { name } of generatedRegions(document.text)) {
    const generator = GENERATORS[name]
    if (generator !== undefined) contents.set(name, await generator(root))
  }
  return fillRegions(document.text, contents)
}
