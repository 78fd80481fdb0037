import { parseArgs } from 'node:util'

/** What the command line asks for. */
export interface RunPlan {
  readonly help: boolean
  /** Plays the wire suite a second time with the demos' limits lifted. */
  readonly full: boolean
  /** Writes the committed matrix. */
  readonly update: boolean
  readonly suites: readonly ('wire' | 'contract')[]
  /** What a target's name has to contain; empty for all. */
  readonly target: string
  readonly report: string
  readonly seed: number | undefined
}

/** A command line that cannot be obeyed. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The help of the command. */
export const HELP = `Usage: npm run conformance -- [options]

Plays the wire suite over the five demos and, to compare with, over ws alone, and the contract suite over the
in-process targets, prints the comparison, and writes report/conformance.json, .md and .html.

  --full            the wire suite again with the limits lifted and compression on, so that no case is cut short
  --suite NAME      wire or contract; both unless given
  --target TEXT     only the targets whose name contains this, such as echo-koa or 'limits lifted'
  --seed N          the seed of every byte that the wire suite generates
  --report FOLDER   where the report goes (report)
  --update          write the counts into packages/conformance/matrix.json, which the README's table is made of
  --help

Exit status: 0 all acceptable, 1 a case failed, 2 unusable arguments or a server that does not start.
`

function parse(line: readonly string[]) {
  return parseArgs({
    args: [...line],
    options: {
      full: { type: 'boolean', default: false },
      update: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      suite: { type: 'string' },
      target: { type: 'string', default: '' },
      report: { type: 'string', default: 'report' },
      seed: { type: 'string' },
    },
  }).values
}

/**
 * Reads the command line.
 * @throws {@link UsageError} with one sentence.
 */
export function readArguments(line: readonly string[]): RunPlan {
  let values: ReturnType<typeof parse>
  try {
    values = parse(line)
  } catch (error) {
    const [sentence = ''] = (error as Error).message.split(/\.\s|\n/)
    throw new UsageError(`${sentence.replace(/\.$/, '')}; see --help.`)
  }
  const { full, update, help, suite, target, report, seed } = values
  if (suite !== undefined && suite !== 'wire' && suite !== 'contract') {
    throw new UsageError(`--suite is ${JSON.stringify(suite)}, but must be wire or contract.`)
  }
  if (seed !== undefined && !(/^\d{1,10}$/.test(seed) && Number(seed) <= 0xffff_ffff)) {
    throw new UsageError(
      `--seed is ${JSON.stringify(seed)}, but must be a whole number from 0 to 4294967295.`,
    )
  }
  return {
    help,
    full,
    update,
    suites: suite === undefined ? ['wire', 'contract'] : [suite],
    target,
    report,
    seed: seed === undefined ? undefined : Number(seed),
  }
}
