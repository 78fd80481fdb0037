import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'

/** What a soak does. */
export interface Plan {
  readonly mode: 'pubsub' | 'log'
  readonly engine: 'redis' | 'nats'
  readonly client: 'node-redis' | 'ioredis'
  readonly seconds: number
  /** Messages a second, of all processes together. */
  readonly rate: number
  readonly faults: number
  readonly processes: number
  /** Whether the engine has a network of its own, whose links to the processes fail too. */
  readonly partition: boolean
  readonly seed: number
}

/** A command line that cannot be obeyed; the message says why in one sentence. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The help of the command. */
export const HELP = `Usage: npm run relay-soak -- [options]

Runs processes with sessions and real WebSocket members, numbers every message that one sends to the others, and meanwhile
kills, stops and slows down the engine between them, and breaks connections. Then compares what has arrived with what was
reported as lost.

  --mode NAME       pubsub: rooms alone; log: rooms with a history, whose members come and go all the time (pubsub)
  --engine NAME     redis or nats (redis)
  --client NAME     node-redis or ioredis, with redis (node-redis)
  --minutes N       how long messages are sent; 0.5 is half a minute (10)
  --rate N          messages a second, of all processes together (1000)
  --faults N        faults, spread over the time (200)
  --processes N     (4)
  --partition       gives the engine a host of its own (Linux network namespaces; root), whose links to the processes fail too
  --seed N          the seed of an earlier run
  --help

With pubsub, members are told at most once, and what is lost has to be what was reported as lost. With log, every member
comes back, to any process, from where it stood, and has to get everything that was acknowledged; the engine keeps it
in files, and is not emptied.

Exit status: 0 as it has to be, nothing twice or out of order, and everything settled in time; 1 not so, or a process has
ended; 2 unusable arguments, or no engine.
`

function parse(line: readonly string[]) {
  return parseArgs({
    args: [...line],
    options: {
      mode: { type: 'string', default: 'pubsub' },
      engine: { type: 'string', default: 'redis' },
      client: { type: 'string', default: 'node-redis' },
      minutes: { type: 'string', default: '10' },
      rate: { type: 'string', default: '1000' },
      faults: { type: 'string', default: '200' },
      processes: { type: 'string', default: '4' },
      partition: { type: 'boolean', default: false },
      seed: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }).values
}

function oneOf<Name extends string>(flag: string, given: string, names: readonly Name[]): Name {
  const found = names.find((name) => name === given)
  if (found !== undefined) return found
  throw new UsageError(`--${flag} is ${JSON.stringify(given)}, but must be ${names.join(' or ')}.`)
}

function numberIn(flag: string, given: string, least: number, most: number): number {
  const value = Number(given)
  const isWhole = flag === 'minutes' || Number.isInteger(value)
  if (given.trim() !== '' && isWhole && value >= least && value <= most) return value
  throw new UsageError(
    `--${flag} is ${JSON.stringify(given)}, but must be a ${flag === 'minutes' ? '' : 'whole '}number from ${least} to ${most}.`,
  )
}

/**
 * Reads the command line; undefined when help is asked for.
 * @throws {@link UsageError} with one sentence.
 */
export function readArguments(line: readonly string[]): Plan | undefined {
  let values: ReturnType<typeof parse>
  try {
    values = parse(line)
  } catch (error) {
    const [sentence = ''] = (error as Error).message.split(/\.\s|\n/)
    throw new UsageError(`${sentence.replace(/\.$/, '')}; see --help.`)
  }
  if (values.help) return undefined
  return {
    mode: oneOf('mode', values.mode, ['pubsub', 'log']),
    engine: oneOf('engine', values.engine, ['redis', 'nats']),
    client: oneOf('client', values.client, ['node-redis', 'ioredis']),
    seconds: 60 * numberIn('minutes', values.minutes, 0.1, 1_440),
    rate: numberIn('rate', values.rate, 1, 100_000),
    faults: numberIn('faults', values.faults, 0, 100_000),
    processes: numberIn('processes', values.processes, 2, 64),
    partition: values.partition,
    seed: values.seed === undefined ? randomInt(1, 2 ** 31) : numberIn('seed', values.seed, 0, 2 ** 32 - 1),
  }
}
