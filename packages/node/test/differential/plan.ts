import { parseArgs } from 'node:util'

/** What a run does. */
export interface Plan {
  readonly cases: number
  readonly seed: number
  /** Whether messages are compressed. */
  readonly deflate: boolean
}

/** A command line that cannot be obeyed; the message says why in one sentence. */
export class PlanError extends Error {
  override readonly name = 'PlanError'
}

const MOST = 2 ** 32

function readNumber(name: string, given: string | undefined, otherwise: number, least: number): number {
  if (given === undefined) return otherwise
  const value = Number(given)
  if (/^\d+$/.test(given) && value >= least && value <= MOST) return value
  throw new PlanError(
    `--${name} is ${JSON.stringify(given)}; it takes a whole number from ${least} to ${MOST}.`,
  )
}

function parseLine(line: readonly string[]) {
  const options = {
    cases: { type: 'string' },
    seed: { type: 'string' },
    deflate: { type: 'boolean' },
    help: { type: 'boolean' },
  } as const
  try {
    return parseArgs({ args: [...line], options }).values
  } catch (error) {
    throw new PlanError(error instanceof Error ? error.message : String(error))
  }
}

/**
 * Reads the command line.
 * @returns the plan; undefined when help was asked for.
 * @throws {@link PlanError}
 */
export function readPlan(line: readonly string[]): Plan | undefined {
  const values = parseLine(line)
  if (values.help) return undefined
  return {
    cases: readNumber('cases', values.cases, 100_000, 1),
    seed: readNumber('seed', values.seed, 1, 0),
    deflate: values.deflate ?? false,
  }
}
