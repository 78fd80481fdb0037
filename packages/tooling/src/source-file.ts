import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync } from 'vite'
import type { Finding } from './finding.js'
import { listFiles, type Workspace } from './workspace.js'

/** A node of the syntax tree (ESTree with TypeScript's additions). */
export interface SyntaxNode {
  readonly type: string
  readonly start: number
  readonly [field: string]: unknown
}

/** One import, export-from or dynamic import. */
export interface ImportUse {
  readonly module: string
  readonly line: number
  /** Whether nothing of it is left after compilation. */
  readonly isTypeOnly: boolean
}

/** A TypeScript file, read and parsed. */
export interface SourceFile {
  readonly workspace: Workspace
  /** Its path from the repository's root, with slashes. */
  readonly path: string
  /** `src`, `test`, or empty for a file beside them. */
  readonly area: string
  readonly text: string
  readonly imports: readonly ImportUse[]
  readonly comments: readonly { readonly value: string; readonly line: number }[]
  readonly nodes: readonly SyntaxNode[]
  /** The line of an offset into the text, from 1. */
  lineAt(offset: number): number
  /** Makes a finding in this file at an offset. */
  finding(offset: number, what: string): Finding
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

function collect(value: unknown, nodes: SyntaxNode[]): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, nodes)
  } else if (isNode(value)) {
    nodes.push(value)
    for (const field of Object.values(value)) if (typeof field === 'object') collect(field, nodes)
  }
}

/** Reads a field of a node that is a node itself. */
export function childOf(node: SyntaxNode, field: string): SyntaxNode | undefined {
  const value = node[field]
  return isNode(value) ? value : undefined
}

/** The text of a string literal, or nothing if the node is none. */
export function literalText(node: SyntaxNode | undefined): string | undefined {
  return node?.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined
}

function isTypeOnly(node: SyntaxNode): boolean {
  if (node.type === 'TSImportType' || node.importKind === 'type' || node.exportKind === 'type') return true
  const specifiers = Array.isArray(node.specifiers) ? node.specifiers.filter(isNode) : []
  return (
    specifiers.length > 0 &&
    specifiers.every((entry) => entry.importKind === 'type' || entry.exportKind === 'type')
  )
}

const IMPORTING = new Set([
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
  'TSImportType',
])

/** Parses a TypeScript file; a syntax error shows as an empty tree, because the compiler reports it better. */
export function parseSource(workspace: Workspace, pathInWorkspace: string): SourceFile {
  const text = readFileSync(join(workspace.folder, pathInWorkspace), 'utf8')
  const path = `${workspace.path}/${pathInWorkspace}`
  const tree = parseSync(path, text)
  const nodes: SyntaxNode[] = []
  collect(tree.program.body, nodes)
  const starts = [0, ...[...text.matchAll(/\n/g)].map((match) => match.index + 1)]
  const lineAt = (offset: number) => {
    const after = starts.findIndex((start) => start > offset)
    return after < 0 ? starts.length : after
  }
  const imports: ImportUse[] = []
  for (const node of nodes) {
    const module = IMPORTING.has(node.type) ? literalText(childOf(node, 'source')) : undefined
    if (module !== undefined) imports.push({ module, line: lineAt(node.start), isTypeOnly: isTypeOnly(node) })
  }
  const comments = tree.comments.map((comment) => ({ value: comment.value, line: lineAt(comment.start) }))
  const area = /^(src|test)\//.exec(pathInWorkspace)?.[1] ?? ''
  const finding = (offset: number, what: string) => ({ file: path, line: lineAt(offset), what })
  return { workspace, path, area, text, imports, comments, nodes, lineAt, finding }
}

/** Reads every TypeScript file of a workspace, tests included. */
export function readSources(workspace: Workspace): SourceFile[] {
  const isSource = (path: string) => /\.tsx?$/.test(path) && !/^(dist|\.[^/]+)\//.test(path)
  return listFiles(workspace.folder, isSource).map((path) => parseSource(workspace, path))
}
