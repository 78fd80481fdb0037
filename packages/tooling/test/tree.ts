import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'

/** The root of this repository. */
export const repository = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/, '')

const folders: string[] = []
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** Makes an empty folder that is gone after the tests of the file. */
export function createFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'echosession-tooling-')))
  folders.push(folder)
  return folder
}

/** Writes a tree of files into a folder of its own; what is not a string is written as JSON. */
export function createTree(files: Readonly<Record<string, unknown>>): string {
  const root = createFolder()
  for (const [path, content] of Object.entries(files)) {
    const file = join(root, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`)
  }
  return root
}

/** Lets a tree use what this repository has installed. */
export function linkModules(root: string): string {
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'))
  return root
}

/** A package.json of a public package. */
export function manifest(
  short: string,
  more: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return { name: `@echosession/${short}`, version: '0.1.0', type: 'module', ...more }
}

/** Shows findings as `file:line what`, so that a test can match the place and the words in one go. */
export function shown(findings: readonly { file: string; line: number; what: string }[]): string[] {
  return findings.map(({ file, line, what }) => `${file}:${line} ${what}`)
}
