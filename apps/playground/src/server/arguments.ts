import { parseArgs } from 'node:util'
import { StartError } from 'demo-kit'

/** What the command line decides. */
export interface Arguments {
  /** The page's port; the demos take the next five. */
  readonly port: number
  readonly host: string
}

/** The ports that are needed besides the first one. */
const MORE_PORTS = 5
const LAST_PORT = 65_535 - MORE_PORTS
const HOST_NAME = /^[A-Za-z0-9._:%-]+$/

export const HELP = `Usage: npm start -- [flags]

Serves the page and the five echo demos from one process.

  --port <number>   the page's port; the demos take the next five (default 8080)
  --host <address>  the address to listen on (default 127.0.0.1)
  --help            show this

MAX_CONNECTIONS, MAX_MESSAGE_BYTES, MAX_FRAGMENTS, COMPRESSION, HEARTBEAT_INTERVAL_MS, PRESENCE_TIMEOUT_MS,
ALLOWED_ORIGINS, DEMO_TOKEN and RELAY of the environment hold for all five.
`

const FLAGS = {
  port: { type: 'string' },
  host: { type: 'string' },
  help: { type: 'boolean' },
} as const

/**
 * Reads the command line.
 * @returns undefined when help is asked for.
 * @throws StartError with one sentence on what is wrong.
 */
export function readArguments(line: readonly string[]): Arguments | undefined {
  const { values, tokens } = parseArgs({ args: [...line], options: FLAGS, strict: false, tokens: true })
  for (const token of tokens) {
    if (token.kind === 'positional') {
      throw new StartError(
        `${JSON.stringify(token.value)} is not a flag; the flags are --port, --host and --help.`,
      )
    }
    if (token.kind === 'option' && !(token.name in FLAGS && token.rawName.startsWith('--'))) {
      throw new StartError(`There is no flag ${token.rawName}; the flags are --port, --host and --help.`)
    }
  }
  if (values.help !== undefined) return undefined
  return { port: readPort(values.port), host: readHost(values.host) }
}

function refuseFlag(flag: string, value: string | boolean, allowed: string): never {
  const given = value === true ? 'has no value' : `is ${JSON.stringify(value)}`
  throw new StartError(`${flag} ${given}; allowed is ${allowed}.`)
}

function readPort(value: string | boolean | undefined): number {
  if (value === undefined) return 8080
  const port = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : 0
  if (port < 1 || port > LAST_PORT) {
    refuseFlag('--port', value, `a whole number from 1 to ${LAST_PORT}, because the next five are taken too`)
  }
  return port
}

function readHost(value: string | boolean | undefined): string {
  if (value === undefined) return '127.0.0.1'
  if (typeof value !== 'string' || !HOST_NAME.test(value)) {
    refuseFlag('--host', value, 'a name or address of this machine, such as 127.0.0.1')
  }
  return value
}
