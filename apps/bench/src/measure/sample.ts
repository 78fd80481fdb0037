/** One measurement of one figure of one target. */
export interface Sample {
  readonly figure: string
  readonly target: string
  readonly round: number
  /** The group of targets in the round, each begun by raw `ws`. */
  readonly group: number
  /** Seconds or bytes for one message, connection or ping. */
  readonly cost: number
  /** Messages or handshakes per second of wall-clock time. */
  readonly rate?: number
  /** What server and load generator used of a CPU each. */
  readonly serverShare?: number
  readonly generatorShare?: number
}

const BUSY = 0.95
const IDLE = 0.85

/** Whether the load generator held the server back. */
export function isHeldBack({ serverShare, generatorShare }: Sample): boolean {
  if (serverShare === undefined || generatorShare === undefined) return false
  return generatorShare > BUSY && serverShare < IDLE
}
