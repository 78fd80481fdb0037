import type { EchoSessionError } from './errors.js'
import type { LogLimits } from './log-store.js'
import { checkOptionNames, optionError } from './options.js'

/** The options of `createRoomLog`. */
export interface RoomLogOptions {
  /**
   * The most messages that are kept of a room.
   * @defaultValue 1,000
   */
  readonly maxMessages?: number
  /**
   * How long a message is kept, in milliseconds; a room that nobody sends to for so long is forgotten.
   * @defaultValue 3,600,000 (an hour)
   */
  readonly maxAgeMs?: number
  /**
   * The most that a session that comes back is sent of what it missed, in bytes; when it missed more it gets none of it.
   * @defaultValue 8,388,608 (8 MiB)
   */
  readonly maxRecoveryBytes?: number
  /**
   * How long the engine may take, in milliseconds.
   * @defaultValue 5,000
   */
  readonly timeoutMs?: number
  /**
   * Bytes that may wait for the engine to be added; more is refused.
   * @defaultValue 16,777,216 (16 MiB)
   */
  readonly maxQueuedBytes?: number
  /**
   * Told when the engine fails, once for each trouble.
   * @defaultValue says it on the console
   */
  readonly onError?: (error: EchoSessionError) => void
}

/** The same with every default filled in. */
export type RoomLogSettings = Required<RoomLogOptions> & LogLimits

const INF = Number.POSITIVE_INFINITY
const YEAR_MS = 31_536_000_000

const NUMBERS = {
  maxMessages: { default: 1_000, least: 1, greatest: 1_000_000, whole: true },
  maxAgeMs: { default: 3_600_000, least: 1, greatest: YEAR_MS, whole: true },
  maxRecoveryBytes: { default: 8_388_608, least: 1, greatest: INF, whole: false },
  timeoutMs: { default: 5_000, least: 1, greatest: 86_400_000, whole: false },
  maxQueuedBytes: { default: 16_777_216, least: 1, greatest: INF, whole: false },
} as const

/**
 * Fills in the defaults.
 * @throws {@link EchoSessionError} with `ES_ERR_OPTION`.
 */
export function resolveLogOptions(options: RoomLogOptions): RoomLogSettings {
  checkOptionNames(options, [...Object.keys(NUMBERS), 'onError'])
  const { onError = (error) => console.error(error) } = options
  if (typeof onError !== 'function') throw optionError('onError', onError, 'a function')
  const numbers = Object.entries(NUMBERS).map(([name, row]) => {
    const value: unknown = options[name as keyof typeof NUMBERS] ?? row.default
    const isNumber = typeof value === 'number' && value >= row.least && value <= row.greatest
    if (!isNumber || (row.whole && !Number.isInteger(value))) {
      const kind = row.whole ? 'a whole number' : 'a number'
      throw optionError(name, value, `${kind} from ${row.least} to ${row.greatest}`)
    }
    return [name, value]
  })
  return { ...(Object.fromEntries(numbers) as Required<Omit<RoomLogOptions, 'onError'>>), onError }
}
