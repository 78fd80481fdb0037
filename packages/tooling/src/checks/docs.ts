import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Document, readDocuments, regenerate } from '../document.js'
import { compileExamples, type Example, examplesOf } from '../example.js'
import type { CheckResult, Finding } from '../finding.js'
import { GENERATORS } from '../generated-table.js'
import { generatedRegions } from '../markdown.js'
import { readSources } from '../source-file.js'
import { isPublic, readWorkspaces, type Workspace } from '../workspace.js'

function checkPresence({ folder, path }: Workspace): Finding[] {
  if (existsSync(join(folder, 'README.md'))) return []
  return [{ file: `${path}/README.md`, line: 0, what: 'is missing; every public package has one.' }]
}

async function checkTables(root: string, document: Document): Promise<Finding[]> {
  const findings: Finding[] = []
  const regions = generatedRegions(document.text)
  const marks = [...document.text.matchAll(/^<!-- generated:/gm)].length
  if (marks !== regions.length) {
    const what =
      'opens a generated region that it does not close with <!-- /generated:NAME -->, or names it wrongly.'
    findings.push({ file: document.path, line: 0, what })
  }
  for (const { name, line } of regions) {
    if (GENERATORS[name] !== undefined) continue
    const what = `asks for the generated region ${name}; there are ${Object.keys(GENERATORS).join(', ')}.`
    findings.push({ file: document.path, line, what })
  }
  const fresh = generatedRegions(await regenerate(root, document))
  for (const [index, { name, line, body }] of regions.entries()) {
    if (fresh[index]?.body === body) continue
    findings.push({
      file: document.path,
      line,
      what: `the generated region ${name} is out of date; run: npm run docs`,
    })
  }
  return findings
}

function sourceExamples(workspace: Workspace): Example[] {
  return readSources(workspace)
    .filter((file) => file.area === 'src')
    .flatMap((file) =>
      file.comments.flatMap(({ value, line }) => {
        const text = value.split('\n').map((part) => part.replace(/^\s*\* ?/, ''))
        return examplesOf(file.path, text.join('\n'), line)
      }),
    )
}

/** Checks what people read: that it is there, that its tables are up to date, that its examples compile. */
export async function checkDocs(root: string): Promise<CheckResult> {
  const packages = readWorkspaces(root).filter(isPublic)
  const documents = readDocuments(root)
  const findings = packages.flatMap(checkPresence)
  for (const document of documents) findings.push(...(await checkTables(root, document)))
  const examples = [
    ...documents.flatMap(({ path, text }) => examplesOf(path, text, 1)),
    ...packages.flatMap(sourceExamples),
  ]
  findings.push(...(await compileExamples(root, examples)))
  return { findings, scope: `${documents.length} documents, ${examples.length} examples` }
}
