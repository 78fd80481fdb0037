import { OPTIONS, type OptionRow, type SessionsOptions } from '@echosession/core'
import { withoutPassword } from './demo-relay.js'
import { StartError } from './start-error.js'

/** What the environment decides about a demo. */
export interface Settings {
  readonly port: number
  readonly host: string
  /** The token that `/private` asks for. */
  readonly token: string
  /** Where the other processes are reached; undefined for one process alone. */
  readonly relay: string | undefined
  readonly options: SessionsOptions
}

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>

const NUMBER = /^(?:\d+(?:\.\d+)?|Infinity)$/
const HOST_NAME = /^[A-Za-z0-9._:%-]+$/
// What can travel in an Authorization header (RFC 6750 section 2.1) and in a cookie alike.
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/

const PORT_ROW = {
  default: 0,
  range: [0, 65_535],
  whole: true,
  allowed: 'a whole number from 0 to 65535',
  meaning: '',
} as const satisfies OptionRow

function refuseValue(name: string, value: string, allowed: string): never {
  throw new StartError(`${name} is ${JSON.stringify(value)}; allowed is ${allowed}.`)
}

function readNumber(name: string, value: string, row: OptionRow): number {
  const number = NUMBER.test(value) ? Number(value) : Number.NaN
  const [least, greatest] = row.range ?? [0, Number.POSITIVE_INFINITY]
  const isWhole = row.whole !== true || Number.isInteger(number) || number === Number.POSITIVE_INFINITY
  if (!(number >= least && number <= greatest && isWhole)) refuseValue(name, value, row.allowed)
  return number
}

function readMatching(name: string, value: string, pattern: RegExp, allowed: string): string {
  if (!pattern.test(value)) refuseValue(name, value, allowed)
  return value
}

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { host, protocol } = new URL(text)
  return host !== '' && `${protocol}//${host}` === text
}

function readOrigins(name: string, value: string): '*' | readonly string[] {
  if (value === '*') return '*'
  const origins = value.split(',').map((origin) => origin.trim())
  const wrong = origins.find((origin) => origin !== 'same-origin' && !isOrigin(origin))
  if (wrong === undefined) return origins
  const allowed =
    '*, or a list with commas of origins such as https://app.example.com and the word same-origin'
  return refuseValue(name, value, allowed)
}

function readRelay(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined
  const isAddress = url !== undefined && ['redis:', 'nats:'].includes(url.protocol) && url.hostname !== ''
  if (isAddress) return value
  const allowed = 'the address of a server, such as redis://127.0.0.1:6379 or nats://127.0.0.1:4222'
  return refuseValue('RELAY', withoutPassword(value), allowed)
}

function readSwitch(name: string, value: string): boolean {
  if (value !== '0' && value !== '1') refuseValue(name, value, '1 or 0')
  return value === '1'
}

const limit = (option: keyof SessionsOptions) => (name: string, value: string) => ({
  [option]: readNumber(name, value, OPTIONS[option]),
})

/** The variables that become options of the engine. */
const VARIABLES: Readonly<Record<string, (name: string, value: string) => SessionsOptions>> = {
  MAX_CONNECTIONS: limit('maxConnections'),
  MAX_MESSAGE_BYTES: limit('maxMessageBytes'),
  MAX_FRAGMENTS: limit('maxFragments'),
  HEARTBEAT_INTERVAL_MS: limit('heartbeatIntervalMs'),
  PRESENCE_TIMEOUT_MS: limit('presenceTimeoutMs'),
  COMPRESSION: (name, value) => ({ compression: readSwitch(name, value) }),
  FAST_PATH: (name, value) => ({ fastPath: readSwitch(name, value) }),
  ALLOWED_ORIGINS: (name, value) => ({ allowedOrigins: readOrigins(name, value) }),
}

/**
 * Reads a demo's settings. What is not set keeps its default; what is set has to be right.
 * @throws {@link StartError} that names the variable, its value and what is allowed.
 */
export function readSettings(env: Environment, defaultPort: number): Settings {
  const { PORT, HOST, DEMO_TOKEN, RELAY } = env
  const options = Object.entries(VARIABLES).map(([name, read]) => {
    const value = env[name]
    return value === undefined ? {} : read(name, value)
  })
  return {
    port: PORT === undefined ? defaultPort : readNumber('PORT', PORT, PORT_ROW),
    host:
      HOST === undefined
        ? '127.0.0.1'
        : readMatching('HOST', HOST, HOST_NAME, 'a name or address of this machine, such as 127.0.0.1'),
    token:
      DEMO_TOKEN === undefined
        ? 'demo'
        : readMatching('DEMO_TOKEN', DEMO_TOKEN, TOKEN, 'letters, digits and any of ._~+/- (then =)'),
    relay: RELAY === undefined ? undefined : readRelay(RELAY),
    options: Object.assign({}, ...options),
  }
}
