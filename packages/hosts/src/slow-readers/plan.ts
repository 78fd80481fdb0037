import { parseArgs } from 'node:util'
import type { HostName } from '../index.js'
import { checkDescriptors, HOST_CHOICES, PlanError, readHosts, readNumber } from '../soak/plan.js'

const POLICIES = ['close', 'drop', 'latest'] as const

/** What happens to a peer that does not read. */
export type Policy = (typeof POLICIES)[number]

/** What a run does. */
export interface SlowReadersPlan {
  readonly host: HostName
  readonly receivers: number
  readonly stalled: number
  readonly capBytes: number
  readonly messageBytes: number
  readonly broadcasts: number
  readonly policy: Policy
}

/** The help of the command. */
export const USAGE = `npm run slow-readers -- [flags]

Broadcasts to many receivers that all read, then again while some of them do not, and looks at the memory of
the server, at how long a broadcast takes to reach those who read, and at what becomes of those who do not.
Server and receivers are processes of their own; both need a file descriptor for each receiver.
The system itself keeps several MiB for each who does not read before the server notices. A thousand of them can
use up what Linux has for TCP in all (net.ipv4.tcp_mem), and then nobody gets anything; keep it small, as root:

  unshare --net sh -c 'ip link set lo up; cd /proc/sys/net/ipv4
  echo 4096 32768 131072 | tee tcp_rmem tcp_wmem; cd "$OLDPWD"; npm run slow-readers'

  --host name       one of ${HOST_CHOICES.slice(1).join(', ')} (node)
  --receivers n     all receivers (10000)
  --stalled n       those that stop reading (1000)
  --cap bytes       maxBufferedBytes of each session (1048576)
  --size bytes      of a message, from 1024 to 60000 (16384)
  --broadcasts n    at most so many while some do not read; the end comes earlier when all of them are behind (600)
  --policy name     slowConsumer: ${POLICIES.join(', ')} (close)
  --help            shows this

Exits with 1 when a figure is missed: memory within the stalled sessions' caps and 10 percent, the others'
99th percentile within twice what it was, and each stalled session ended with 1013 (close) or still open
(drop, latest). Exits with 2 when the flags cannot be obeyed.
`

/**
 * Reads the command line.
 * @returns the plan; undefined when help was asked for.
 * @throws {@link PlanError}
 */
export function readSlowReadersPlan(line: readonly string[]): SlowReadersPlan | undefined {
  const values = parse(line)
  if (values.help) return undefined
  const [host, ...others] = readHosts(values.host)
  if (host === undefined || others.length > 0) throw new PlanError('--host takes one host here, not all.')
  const policy = POLICIES.find((name) => name === values.policy)
  if (policy === undefined) {
    throw new PlanError(
      `--policy is ${JSON.stringify(values.policy)}; the policies are ${POLICIES.join(', ')}.`,
    )
  }
  const receivers = readNumber('receivers', values.receivers, 2, 100_000)
  checkDescriptors(receivers)
  return {
    host,
    receivers,
    stalled: readNumber('stalled', values.stalled, 1, receivers - 1),
    capBytes: readNumber('cap', values.cap, 65_536, 2 ** 30),
    messageBytes: readNumber('size', values.size, 1_024, 60_000),
    broadcasts: readNumber('broadcasts', values.broadcasts, 1, 100_000),
    policy,
  }
}

function parse(line: readonly string[]) {
  try {
    return parseArgs({
      args: [...line],
      options: {
        host: { type: 'string', default: 'node' },
        receivers: { type: 'string', default: '10000' },
        stalled: { type: 'string', default: '1000' },
        cap: { type: 'string', default: '1048576' },
        size: { type: 'string', default: '16384' },
        broadcasts: { type: 'string', default: '600' },
        policy: { type: 'string', default: 'close' },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    const [sentence] = String(error instanceof Error ? error.message : error).split(/\.?(?:\n|$)/, 1)
    throw new PlanError(`${sentence}; --help shows the flags.`)
  }
}
