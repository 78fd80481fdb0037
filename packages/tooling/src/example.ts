import { spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Finding } from './finding.js'
import { readFences } from './markdown.js'

/** A TypeScript example in a document or in a comment. */
export interface Example {
  /** The file that it stands in. */
  readonly document: string
  /** The line of its first line there. */
  readonly line: number
  /** The file name that it goes by, if it says one. */
  readonly name: string | undefined
  readonly code: string
}

/**
 * Finds the examples in a Markdown text that begins on the given line of a document: every block fenced as `ts`. A
 * block that says a file name after the language can be imported by the others of its document.
 */
export function examplesOf(document: string, markdown: string, firstLine: number): Example[] {
  return readFences(markdown)
    .filter((fence) => fence.language === 'ts')
    .map(({ info, code, line }) => ({
      document,
      line: line + firstLine - 1,
      name: /^[\w-]+\.ts$/.test(info) ? info : undefined,
      code,
    }))
}

const FOLDER = join('.turbo', 'examples')

const OPTIONS = {
  extends: '../../tsconfig.base.json',
  compilerOptions: {
    noEmit: true,
    lib: ['ES2023', 'DOM'],
    types: ['node'],
    moduleDetection: 'force',
    noUnusedLocals: false,
    noUnusedParameters: false,
    declaration: false,
    rootDir: '.',
  },
}

/** Type-checks the examples against the packages as they are built under the root. */
export async function compileExamples(root: string, examples: readonly Example[]): Promise<Finding[]> {
  const folder = join(root, FOLDER)
  rmSync(folder, { recursive: true, force: true })
  if (examples.length === 0) return []
  const placed = new Map<string, Example>()
  const findings: Finding[] = []
  for (const example of examples) {
    const place = `${example.document.replace(/\W+/g, '-')}/${example.name ?? `line-${example.line}.ts`}`
    if (placed.has(place)) {
      findings.push({
        file: example.document,
        line: example.line,
        what: `names a second example ${example.name}; name it otherwise.`,
      })
      continue
    }
    placed.set(place, example)
    const file = join(folder, place)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `${example.code}\n`)
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ ...OPTIONS, files: [...placed.keys()] }))
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const child = spawn(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>((resolve, reject) =>
    child.once('close', resolve).once('error', reject),
  )
  const [output, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  if (code === 0) return findings
  const before = findings.length
  for (const [, path = '', line = '0', message = ''] of output.matchAll(
    /^(.+?)\((\d+),\d+\): error (.+)$/gm,
  )) {
    const example = placed.get(relative(folder, join(root, path)).replaceAll('\\', '/'))
    const place =
      example === undefined
        ? { file: path, line: Number(line) }
        : { file: example.document, line: example.line + Number(line) - 1 }
    findings.push({ ...place, what: `the example does not compile: ${message}` })
  }
  if (findings.length === before)
    findings.push({ file: '', line: 0, what: `tsc ended with ${code}: ${(output + errors).trim()}` })
  return findings
}
