import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'

/** What a demo answered to a handshake; a browser keeps all of this to itself. */
export interface ProbeResult {
  /** The request line, and the header lines that make the difference. */
  readonly sent: readonly string[]
  readonly status: number
  readonly statusText: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

interface ProbeCase {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly isUpgrade: boolean
}

/** The handshakes that the page may ask for. */
const CASES: Readonly<Record<string, ProbeCase>> = {
  'no-token': { path: '/private', headers: {}, isUpgrade: true },
  'foreign-origin': { path: '/ws', headers: { Origin: 'https://stranger.example' }, isUpgrade: true },
  'old-version': { path: '/ws', headers: { 'Sec-WebSocket-Version': '8' }, isUpgrade: true },
  'no-upgrade': { path: '/ws', headers: {}, isUpgrade: false },
}

/** The names of the cases. */
export const PROBE_CASES: readonly string[] = Object.keys(CASES)

const MAX_BODY_CHARACTERS = 2_000
const TIMEOUT_MS = 5_000

/**
 * Makes one of the known handshakes with a demo.
 * @param url where its echo is.
 */
export async function probe(url: string, name: string): Promise<ProbeResult | undefined> {
  const row = Object.hasOwn(CASES, name) ? CASES[name] : undefined
  if (row === undefined) return undefined
  const target = new URL(row.path, url.replace(/^ws/, 'http'))
  const outgoing = request(target, {
    agent: false,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: row.isUpgrade ? { ...handshakeHeaders(), ...row.headers } : row.headers,
  })
  outgoing.end()
  const response = await Promise.race([
    once(outgoing, 'response').then(([message]) => message as IncomingMessage),
    once(outgoing, 'upgrade').then(([message, socket]) => {
      socket.destroy()
      return message as IncomingMessage
    }),
  ])
  const body = response.statusCode === 101 ? '' : await readBody(response)
  return {
    sent: [`GET ${row.path}`, ...Object.entries(row.headers).map(([header, value]) => `${header}: ${value}`)],
    status: response.statusCode ?? 0,
    statusText: response.statusMessage ?? '',
    headers: Object.fromEntries(
      Object.entries(response.headers).map(([header, value]) => [header, String(value)]),
    ),
    body,
  }
}

function handshakeHeaders(): Record<string, string> {
  return {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    'Sec-WebSocket-Version': '13',
  }
}

async function readBody(response: IncomingMessage): Promise<string> {
  let body = ''
  for await (const piece of response.setEncoding('utf8')) {
    body += piece
    if (body.length > MAX_BODY_CHARACTERS) break
  }
  return body.slice(0, MAX_BODY_CHARACTERS)
}
