import { attempt } from './attempt.js'
import { closeMeaning } from './close-code.js'
import { addressOf, type Host } from './host.js'

/** What one server made of a case. */
export interface CaseResult {
  /** What it said: a status or a close code, in words. */
  readonly said: string
  /** What was asked and what was answered: header lines and body, where there are any. */
  readonly detail: readonly string[]
}

/** A way to be refused, which the page can try. */
export interface RefusalCase {
  readonly id: string
  readonly title: string
  /** What is done, in a sentence or two. */
  readonly plan: string
  run(host: Host): Promise<CaseResult>
}

interface ProbeResult {
  readonly status: number
  readonly statusText: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const TOO_MUCH_TO_TRY = 64 * 1024 * 1024
const SHOWN_HEADERS = ['www-authenticate', 'upgrade', 'sec-websocket-version', 'retry-after']

// The page's own server makes the handshake and reports the answer.
const probed = (name: string) => async (host: Host) => {
  const response = await fetch(`/probe?${new URLSearchParams({ host: host.name, case: name })}`)
  if (!response.ok) throw new Error(`The probe was answered with ${response.status}.`)
  const { status, statusText, headers, body } = (await response.json()) as ProbeResult
  const shown = SHOWN_HEADERS.filter((header) => header in headers)
  const lines = shown.map((header) => `${header}: ${headers[header]}`)
  return { said: `${status} ${statusText}`, detail: [...lines, body.trim()].filter((line) => line !== '') }
}

async function tooLarge(host: Host): Promise<CaseResult> {
  const size = host.maxMessageBytes + 1
  const detail = [
    `sent ${size.toLocaleString('en')} bytes`,
    `${host.maxMessageBytes.toLocaleString('en')} are allowed`,
  ]
  if (size > TOO_MUCH_TO_TRY) return { said: 'not tried, its limit is too high for that', detail }
  const code = await attempt(addressOf(host, '/ws'), new Uint8Array(size))
  return { said: code === undefined ? 'took it' : `close ${code}, ${closeMeaning(code)}`, detail }
}

/** The refusals that the page shows, in its order. */
export const REFUSAL_CASES: readonly RefusalCase[] = [
  {
    id: 'no-token',
    title: 'No token',
    plan: 'Connects to /private without the token that it asks for, neither as a header nor as a cookie.',
    run: probed('no-token'),
  },
  {
    id: 'foreign-origin',
    title: 'A page from elsewhere',
    plan: 'Connects as a page of https://stranger.example would: only pages that were let in may use the visitor’s cookies.',
    run: probed('foreign-origin'),
  },
  {
    id: 'too-large',
    title: 'A message that is too large',
    plan: 'Opens a session from this very browser and sends one byte more than the server takes.',
    run: tooLarge,
  },
  {
    id: 'no-upgrade',
    title: 'An ordinary request',
    plan: 'Asks for /ws as for a web page, without the upgrade to WebSocket.',
    run: probed('no-upgrade'),
  },
  {
    id: 'old-version',
    title: 'A version from 2011',
    plan: 'Offers version 8 of the protocol, a draft; the standard is version 13.',
    run: probed('old-version'),
  },
]
