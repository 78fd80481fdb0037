import { parseArgs } from 'node:util'
import { StartError } from 'demo-kit'
import { ENGINES, type EngineName } from './engine-server.js'

/** What the command line decides. */
export interface Arguments {
  readonly engine: EngineName
  /** A running server; undefined to start one. */
  readonly url: string | undefined
  /** Whether the processes go on after the conversation. */
  readonly serve: boolean
  /** The first of four ports; 0 for any. */
  readonly port: number
}

export const HELP = `Usage: npm run demo:cluster -- [flags]

Starts the chat on Express, Fastify, Koa and Hono, each in a process of its own, with Redis or NATS between
them, and shows one conversation that crosses all four: each line says where something was said and where it
was heard. Then one process is killed, one is shut down, and the others notice.

  --engine <name>   redis or nats (default redis)
  --url <address>   a running one, such as redis://127.0.0.1:6379; without it one is started on a free port
  --serve           keep the processes running after the conversation, for clients of your own, until Ctrl-C
  --port <number>   the first of four ports (default any that are free; with --serve 8082)
  --help            show this
`

const FLAGS = {
  engine: { type: 'string' },
  url: { type: 'string' },
  serve: { type: 'boolean' },
  port: { type: 'string' },
  help: { type: 'boolean' },
} as const

const SERVE_PORT = 8_082
const LAST_PORT = 65_532

/**
 * Reads the command line.
 * @returns undefined when help is asked for.
 * @throws StartError with one sentence on what is wrong.
 */
export function readArguments(line: readonly string[]): Arguments | undefined {
  const { values, tokens } = parseArgs({ args: [...line], options: FLAGS, strict: false, tokens: true })
  const flags = '--engine, --url, --serve, --port and --help'
  for (const token of tokens) {
    if (token.kind === 'positional') {
      throw new StartError(`${JSON.stringify(token.value)} is not a flag; the flags are ${flags}.`)
    }
    if (token.kind !== 'option') continue
    if (!(token.name in FLAGS && token.rawName.startsWith('--'))) {
      throw new StartError(`There is no flag ${token.rawName}; the flags are ${flags}.`)
    }
    const takesNone = FLAGS[token.name as keyof typeof FLAGS].type === 'boolean'
    if (takesNone && token.value !== undefined) throw new StartError(`${token.rawName} takes no value.`)
  }
  if (values.help !== undefined) return undefined
  const engine = readEngine(values.engine, values.url)
  const serve = values.serve === true
  return {
    engine,
    url: readUrl(values.url, engine),
    serve,
    port: readPort(values.port, serve ? SERVE_PORT : 0),
  }
}

function refuseFlag(flag: string, value: string | boolean, allowed: string): never {
  const given = value === true ? 'has no value' : `is ${JSON.stringify(value)}`
  throw new StartError(`${flag} ${given}; allowed is ${allowed}.`)
}

// The address says it as well.
function readEngine(value: string | boolean | undefined, url: string | boolean | undefined): EngineName {
  if (value === undefined) return typeof url === 'string' && url.startsWith('nats:') ? 'nats' : 'redis'
  if (value !== 'redis' && value !== 'nats') refuseFlag('--engine', value, 'redis or nats')
  return value
}

function readUrl(value: string | boolean | undefined, engine: EngineName): string | undefined {
  if (value === undefined) return undefined
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined
  if (url?.protocol === `${engine}:` && url.hostname !== '') return String(value)
  return refuseFlag('--url', value, `an address such as ${engine}://127.0.0.1:${ENGINES[engine].port}`)
}

function readPort(value: string | boolean | undefined, standard: number): number {
  if (value === undefined) return standard
  const port = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : -1
  if (port >= 0 && port <= LAST_PORT) return port
  return refuseFlag(
    '--port',
    value,
    `a whole number from 0 to ${LAST_PORT}, because the next three are taken too`,
  )
}
