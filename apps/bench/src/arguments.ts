import { parseArgs } from 'node:util'
import { BenchError } from './bench-error.js'
import { GROWTH } from './growth.js'
import type { Pattern } from './pattern.js'
import { findPattern, PATTERNS } from './patterns.js'
import { BASE, type Target } from './target.js'
import { TARGETS } from './targets.js'

/** What the command line asks for. */
export interface BenchPlan {
  readonly help: boolean
  readonly list: boolean
  readonly quick: boolean
  readonly growth: boolean
  /** Puts the result into the committed one. */
  readonly update: boolean
  readonly patterns: readonly Pattern[]
  readonly targets: readonly Target[]
  readonly rounds: number
  readonly port: number
  /** Where the report goes by its kind. */
  readonly files: Readonly<Partial<Record<ReportKind, string>>>
}

/** The kinds of a report that are files. */
export type ReportKind = 'json' | 'markdown' | 'html'

/** The help of the command. */
export const HELP = `Usage: npm run bench -- [options]

Measures EchoSession on every host, raw ws, the peers and the floor in the same interleaved rounds, each server in a
process of its own. The figure is the ratio of server CPU time per message, raw ws over the target's: higher is
faster. Beside it stands the ratio of messages per second by the clock on the wall.

  --pattern LIST    letters or names, such as a,b or ping-pong,pipelined; all unless given
  --target LIST     names, such as node,express; all unless given; raw ws always runs too
  --rounds N        rounds of each pattern (5)
  --quick           a first impression in two or three minutes: short rounds of the chief patterns on ws, node and tcp
  --growth          how cost grows instead, with connections, rooms, members and size, on ws and node; three rounds
  --port N          the port of the servers; a free one unless given
  --report FOLDER   writes bench.json, bench.md and bench.html there
  --json FILE, --markdown FILE, --html FILE
                    writes one of them
  --update          puts the result into apps/bench/result.json; npm run docs then writes docs/performance.md
  --list            shows the patterns and the targets
  --help

Exit status: 0 all measured, 2 unusable arguments or a target that failed; what was measured is kept.
`

const QUICK_TARGETS = [BASE, 'node', 'tcp']
const GROWTH_TARGETS = [BASE, 'node']
const FEW_ROUNDS = 3
const ROUNDS = 5

function parse(line: readonly string[]) {
  return parseArgs({
    args: [...line],
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      list: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      growth: { type: 'boolean', default: false },
      update: { type: 'boolean', default: false },
      pattern: { type: 'string', multiple: true, default: [] },
      target: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string' },
      port: { type: 'string', default: '0' },
      report: { type: 'string' },
      json: { type: 'string' },
      markdown: { type: 'string' },
      html: { type: 'string' },
    },
  }).values
}

function readWhole(name: string, text: string, least: number, greatest: number): number {
  if (/^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= greatest) return Number(text)
  throw new BenchError(
    `--${name} is ${JSON.stringify(text)}, but must be a whole number from ${least} to ${greatest}.`,
  )
}

function listOf(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(',')).filter((value) => value !== '')
}

function selectPatterns(names: readonly string[], quick: boolean, growth: boolean): readonly Pattern[] {
  const all = growth ? GROWTH : PATTERNS
  const wrong = names.find((name) => findPattern(all, name) === undefined)
  if (wrong !== undefined) {
    const known = all.map(({ letter, name }) => (letter === name ? name : `${letter} (${name})`)).join(', ')
    throw new BenchError(`There is no pattern ${JSON.stringify(wrong)}; there are ${known}.`)
  }
  const chosen = names.map((name) => findPattern(all, name))
  if (names.length > 0) return all.filter((pattern) => chosen.includes(pattern))
  if (!quick || growth) return all
  return PATTERNS.map((pattern) => ({
    ...pattern,
    steps: pattern.steps.filter((step) => step.quick),
  })).filter(({ steps }) => steps.length > 0)
}

function selectTargets(names: readonly string[], usual: readonly string[] | undefined): readonly Target[] {
  const wrong = names.find((name) => !TARGETS.some((target) => target.name === name))
  if (wrong !== undefined) {
    const known = TARGETS.map(({ name }) => name).join(', ')
    throw new BenchError(`There is no target ${JSON.stringify(wrong)}; there are ${known}.`)
  }
  const wanted = names.length > 0 ? [BASE, ...names] : usual
  return TARGETS.filter(({ name }) => wanted === undefined || wanted.includes(name))
}

/**
 * Reads the command line.
 * @throws {@link BenchError} with one sentence.
 */
export function readArguments(line: readonly string[]): BenchPlan {
  let values: ReturnType<typeof parse>
  try {
    values = parse(line)
  } catch (error) {
    const [sentence = ''] = (error as Error).message.split(/\.\s|\n/)
    throw new BenchError(`${sentence.replace(/\.$/, '')}; see --help.`)
  }
  const { help, list, quick, growth, update, report, json, markdown, html } = values
  const usual = growth ? GROWTH_TARGETS : quick ? QUICK_TARGETS : undefined
  const folder = report === undefined ? {} : reportFiles(report)
  const given = Object.entries({ json, markdown, html }).filter(([, file]) => file !== undefined)
  return {
    help,
    list,
    quick,
    growth,
    update,
    patterns: selectPatterns(listOf(values.pattern), quick, growth),
    targets: selectTargets(listOf(values.target), usual),
    rounds:
      values.rounds === undefined
        ? quick || growth
          ? FEW_ROUNDS
          : ROUNDS
        : readWhole('rounds', values.rounds, 1, 1_000),
    port: readWhole('port', values.port, 0, 65_535),
    files: { ...folder, ...Object.fromEntries(given) },
  }
}

function reportFiles(folder: string): BenchPlan['files'] {
  const path = folder.replace(/\/+$/, '')
  return { json: `${path}/bench.json`, markdown: `${path}/bench.md`, html: `${path}/bench.html` }
}
