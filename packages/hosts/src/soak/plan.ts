import { randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { HOSTS, type HostName } from '../index.js'

/** What a soak does. */
export interface Plan {
  readonly names: readonly HostName[]
  readonly idle: number
  readonly cycles: number
  readonly secure: boolean
  readonly seed: number
}

/** A command line that cannot be obeyed; the message says why in one sentence. */
export class PlanError extends Error {
  override readonly name = 'PlanError'
}

const MOST = 1_000_000
// The sockets of a batch under way, pipes, modules and whatever else a process has open.
const SPARE_DESCRIPTORS = 300

/** A host's name without what a shell would split. */
function shortName(name: string): string {
  return name.replace(' on node-server 2', '-node-server').replace(' on ', '-')
}

/** What may stand behind `--host`. */
export const HOST_CHOICES: readonly string[] = ['all', ...Object.keys(HOSTS).map(shortName)]

function isHostName(name: string): name is HostName {
  return Object.hasOwn(HOSTS, name)
}

/** Reads the names that `--host` was given. */
export function readHosts(given: string): readonly HostName[] {
  const names = Object.keys(HOSTS).filter(isHostName)
  const chosen = names.filter((name) => given === 'all' || given === name || given === shortName(name))
  if (chosen.length > 0) return chosen
  throw new PlanError(`There is no host ${JSON.stringify(given)}; the hosts are ${HOST_CHOICES.join(', ')}.`)
}

/** Reads a whole number. */
export function readNumber(name: string, given: string, least: number, most: number): number {
  const value = Number(given)
  if (/^\d+$/.test(given) && value >= least && value <= most) return value
  throw new PlanError(
    `--${name} is ${JSON.stringify(given)}; it takes a whole number from ${least} to ${most}.`,
  )
}

/**
 * Reads the command line.
 * @returns the plan; undefined when help was asked for.
 * @throws {@link PlanError}
 */
export function readPlan(line: readonly string[]): Plan | undefined {
  const { values } = parseLine(line)
  if (values.help) return undefined
  return {
    names: readHosts(values.host),
    idle: readNumber('idle', values.idle, 1, MOST),
    cycles: readNumber('cycles', values.cycles, 1, MOST),
    secure: values.secure,
    seed: values.seed === undefined ? randomInt(1, 2 ** 31) : readNumber('seed', values.seed, 1, 2 ** 31),
  }
}

function parseLine(line: readonly string[]) {
  try {
    return parseArgs({
      args: [...line],
      options: {
        host: { type: 'string', default: 'all' },
        idle: { type: 'string', default: '10000' },
        cycles: { type: 'string', default: '20000' },
        secure: { type: 'boolean', default: false },
        seed: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    // What follows the first sentence is advice for flags with values that look like flags, over several lines.
    const [sentence] = String(error instanceof Error ? error.message : error).split(/\.?(?:\n|$)/, 1)
    throw new PlanError(`${sentence}; --help shows the flags.`)
  }
}

/** How many descriptors a process may open; infinite where the system does not say. */
function descriptorLimit(): number {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft)
  } catch {
    return Number.POSITIVE_INFINITY
  }
}

/**
 * Looks whether this machine lets a process hold so many sessions.
 * @throws {@link PlanError} that says what to do.
 */
export function checkDescriptors(idle: number, limit = descriptorLimit()): void {
  const needed = idle + SPARE_DESCRIPTORS
  if (limit >= needed) return
  throw new PlanError(
    `${idle} idle sessions need ${needed} file descriptors and a process may open ${limit}: run "ulimit -n ${needed}" in this shell first, or take fewer with --idle ${Math.max(1, limit - SPARE_DESCRIPTORS)}.`,
  )
}
