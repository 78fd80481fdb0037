import { basename } from 'node:path'
import type { CheckResult, Finding } from '../finding.js'
import { childOf, literalText, readSources, type SourceFile, type SyntaxNode } from '../source-file.js'
import { readWorkspaces } from '../workspace.js'

const MAX_LINES = 300
const MAX_ADAPTER_LINES = 120
const ADAPTERS = ['express', 'koa', 'fastify', 'hono']

const DUMPS = ['utils', 'util', 'types', 'helpers', 'common', 'misc']
const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/

/** The files whose default export another tool asks for. */
const DEFAULT_EXPORTS = /(^|\/)vite\.config\.ts$|^packages\/tooling\/src\/test-reporter\.ts$/

const UNFINISHED = /\b(TODO|FIXME|XXX|HACK)\b/
const SUPPRESSION = /@ts-(ignore|nocheck)\b|\bbiome-ignore\b|\beslint-disable\b/
const NOT_RUN = ['skip', 'only', 'todo']
const TEST_NAMES = ['test', 'it', 'describe', 'suite', 't', 'context']

type Rule = (file: SourceFile) => readonly Finding[]

function lengthRule(file: SourceFile): Finding[] {
  const { workspace, text, area } = file
  if (workspace.kind !== 'package' || area !== 'src') return []
  const limit = ADAPTERS.includes(workspace.short) ? MAX_ADAPTER_LINES : MAX_LINES
  const lines = text.trimEnd().split('\n').length
  if (lines <= limit) return []
  return [
    {
      file: file.path,
      line: limit + 1,
      what: `has ${lines} lines, ${limit} are allowed here; split it by its nouns.`,
    },
  ]
}

function nameRule(file: SourceFile): Finding[] {
  const name = basename(file.path).replace(/\.(d\.)?tsx?$/, '')
  const findings: Finding[] = []
  const add = (what: string) => findings.push({ file: file.path, line: 0, what })
  if (!KEBAB_CASE.test(name)) add('is not named in kebab-case; rename it, such as session-request.ts.')
  if (DUMPS.includes(name)) add('is a dump by its name; name each file after the one thing in it.')
  return findings
}

function exportsDefault(node: SyntaxNode): boolean {
  if (node.type === 'ExportDefaultDeclaration') return true
  if (node.type !== 'ExportSpecifier') return false
  const exported = childOf(node, 'exported')
  return exported?.name === 'default' || literalText(exported) === 'default'
}

function defaultExportRule(file: SourceFile): Finding[] {
  if (DEFAULT_EXPORTS.test(file.path)) return []
  return file.nodes
    .filter(exportsDefault)
    .map((node) => file.finding(node.start, 'has a default export; export it by name.'))
}

function anyRule(file: SourceFile): Finding[] {
  return file.nodes
    .filter((node) => node.type === 'TSAnyKeyword')
    .map((node) => file.finding(node.start, 'uses the type any; use unknown and narrow it.'))
}

function memberName(node: SyntaxNode): string | undefined {
  const property = childOf(node, 'property')
  if (node.computed === true) return literalText(property)
  return property?.type === 'Identifier' && typeof property.name === 'string' ? property.name : undefined
}

function underscoreRule(file: SourceFile): Finding[] {
  if (file.area === 'test') return []
  return file.nodes
    .filter((node) => node.type === 'MemberExpression' && /^_[a-zA-Z]/.test(memberName(node) ?? ''))
    .map((node) =>
      file.finding(
        node.start,
        `reads ${memberName(node)}, a private member of another object; use its public API.`,
      ),
    )
}

function commentRule(file: SourceFile): Finding[] {
  const findings: Finding[] = []
  for (const { value, line } of file.comments) {
    const mark = UNFINISHED.exec(value)?.[0]
    if (mark !== undefined) {
      findings.push({
        file: file.path,
        line,
        what: `says ${mark}; do it, or write an issue and leave it out here.`,
      })
    }
    const suppression = SUPPRESSION.exec(value)?.[0]
    if (suppression !== undefined) {
      findings.push({
        file: file.path,
        line,
        what: `suppresses a check with ${suppression}; mend what the check found.`,
      })
    }
  }
  return findings
}

function isTestCall(node: SyntaxNode): boolean {
  const callee = node.type === 'CallExpression' ? childOf(node, 'callee') : undefined
  const name = callee?.type === 'MemberExpression' ? memberName(callee) : callee?.name
  return typeof name === 'string' && TEST_NAMES.includes(name)
}

function skipsByMember(node: SyntaxNode): boolean {
  if (node.type !== 'MemberExpression' || !NOT_RUN.includes(memberName(node) ?? '')) return false
  const object = childOf(node, 'object')
  return typeof object?.name === 'string' && TEST_NAMES.includes(object.name)
}

function optionsOf(node: SyntaxNode): SyntaxNode[] {
  if (!isTestCall(node) || !Array.isArray(node.arguments)) return []
  const given = node.arguments as readonly SyntaxNode[]
  return given.flatMap((argument) =>
    argument.type === 'ObjectExpression' ? (argument.properties as readonly SyntaxNode[]) : [],
  )
}

function skipRule(file: SourceFile): Finding[] {
  if (file.area !== 'test') return []
  const byOption = file.nodes.flatMap(optionsOf).filter((node) => {
    const key = childOf(node, 'key')
    return typeof key?.name === 'string' && NOT_RUN.includes(key.name)
  })
  return [...file.nodes.filter(skipsByMember), ...byOption].map((node) =>
    file.finding(node.start, 'keeps a test from running; every test runs, or is taken out.'),
  )
}

function prefixRule(file: SourceFile): Finding[] {
  const isType = (node: SyntaxNode) =>
    /^(TSInterfaceDeclaration|TSTypeAliasDeclaration|ClassDeclaration)$/.test(node.type)
  return file.nodes.filter(isType).flatMap((node) => {
    const name = childOf(node, 'id')?.name
    if (typeof name !== 'string' || !/^(I[A-Z][a-z]|Base[A-Z]|Abstract[A-Z])/.test(name)) return []
    return [file.finding(node.start, `names ${name} by a prefix; name it after what it is.`)]
  })
}

function consoleRule(file: SourceFile): Finding[] {
  if (file.workspace.kind !== 'package' || file.area !== 'src') return []
  return file.nodes
    .filter((node) => node.type === 'MemberExpression' && childOf(node, 'object')?.name === 'console')
    .filter((node) => memberName(node) !== 'error')
    .map((node) => file.finding(node.start, `calls console.${memberName(node)}; tell an observer, or throw.`))
}

const RULES: readonly Rule[] = [
  lengthRule,
  nameRule,
  defaultExportRule,
  anyRule,
  underscoreRule,
  commentRule,
  skipRule,
  prefixRule,
  consoleRule,
]

/** Checks every TypeScript file against the rules of the house. */
export function checkSources(root: string): CheckResult {
  const files = readWorkspaces(root).flatMap(readSources)
  return {
    findings: files.flatMap((file) => RULES.flatMap((rule) => rule(file))),
    scope: `${files.length} files`,
  }
}
