import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { markdownTable } from './markdown.js'
import { isPublic, readWorkspaces } from './workspace.js'

/** Writes what belongs into a generated region, from the packages as they are built under the root. */
export type Generator = (root: string) => Promise<string>

interface OptionRow {
  readonly default: unknown
  readonly allowed: string
  readonly meaning: string
}

interface ErrorRow {
  readonly meaning: string
  readonly status?: number
  readonly closeCode?: number
}

async function readTable<Row>(root: string, name: string): Promise<[string, Row][]> {
  const file = join(root, 'packages', 'core', 'dist', 'index.js')
  if (!existsSync(file)) throw new Error('packages/core is not built; run: npm run build')
  const module = (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>
  const table = module[name]
  if (typeof table !== 'object' || table === null) throw new Error(`packages/core exports no table ${name}.`)
  return Object.entries(table as Readonly<Record<string, Row>>)
}

const BINARY_UNITS = [
  ['MiB', 1024 ** 2],
  ['KiB', 1024],
] as const

function describeNumber(name: string, value: number): string {
  if (!Number.isFinite(value) || value === 0) return `\`${value}\``
  if (name.endsWith('Ms') && value >= 1000) return `\`${value}\` (${value / 1000} s)`
  const unit = name.endsWith('Bytes') ? BINARY_UNITS.find(([, size]) => value % size === 0) : undefined
  return unit === undefined ? `\`${value}\`` : `\`${value}\` (${value / unit[1]} ${unit[0]})`
}

function describeDefault(name: string, value: unknown): string {
  if (value === undefined) return ''
  return typeof value === 'number'
    ? describeNumber(name, value)
    : `\`${JSON.stringify(value).replaceAll('"', "'")}\``
}

async function optionsTable(root: string): Promise<string> {
  const rows = (await readTable<OptionRow>(root, 'OPTIONS')).map(([name, row]) => [
    `\`${name}\``,
    describeDefault(name, row.default),
    row.meaning,
    row.allowed,
  ])
  return markdownTable(['Option', 'Default', 'What it decides', 'Allowed'], rows)
}

async function errorsTable(root: string): Promise<string> {
  const rows = (await readTable<ErrorRow>(root, 'ERRORS')).map(([code, row]) => [
    `\`${code}\``,
    row.meaning,
    row.status === undefined ? '' : String(row.status),
    row.closeCode === undefined ? '' : String(row.closeCode),
  ])
  return markdownTable(['Code', 'When', 'HTTP status', 'Close code'], rows)
}

async function packagesTable(root: string): Promise<string> {
  const rows = readWorkspaces(root)
    .filter(isPublic)
    .map(({ name, path, manifest }) => [`[\`${name}\`](${path})`, manifest.description ?? ''])
  return markdownTable(['Package', 'What it is'], rows)
}

type Counts = Readonly<Record<string, number>>
type TargetRows = Readonly<Record<string, Readonly<Record<string, Counts>>>>

function sumCounts(row: Readonly<Record<string, Counts>>): string {
  const sums = new Map<string, number>()
  for (const counts of Object.values(row)) {
    for (const [verdict, count] of Object.entries(counts)) sums.set(verdict, (sums.get(verdict) ?? 0) + count)
  }
  return [...sums].map(([verdict, count]) => `${count} ${verdict}`).join(', ')
}

async function conformanceTable(root: string): Promise<string> {
  const text = readFileSync(join(root, 'packages', 'conformance', 'matrix.json'), 'utf8')
  const { wire, contract } = JSON.parse(text) as { readonly wire: TargetRows; readonly contract: TargetRows }
  const rows = [
    ...Object.entries(wire).map(([target, row]) => ['wire', target, sumCounts(row)]),
    ...Object.entries(contract).map(([target, row]) => ['contract', target, sumCounts(row)]),
  ]
  return markdownTable(['Suite', 'Target', 'Verdicts'], rows)
}

interface BenchReport {
  documentTables(result: unknown): string
}

async function benchTable(root: string): Promise<string> {
  const folder = join(root, 'apps', 'bench')
  const file = join(folder, 'dist', 'report', 'markdown.js')
  if (!existsSync(file)) throw new Error('apps/bench is not built; run: npm run build')
  const { documentTables } = (await import(pathToFileURL(file).href)) as BenchReport
  return documentTables(JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')))
}

/** The generators by the name that a Markdown file asks for: `<!-- generated:options -->`, and its end with a slash. */
export const GENERATORS: Readonly<Record<string, Generator>> = {
  options: optionsTable,
  errors: errorsTable,
  packages: packagesTable,
  conformance: conformanceTable,
  bench: benchTable,
}
