import { attempt, type Outcome } from './attempt.js'
import { describeClose } from './close-code.js'
import { addressOf, type Host } from './host.js'
import { StrangerFrame } from './stranger-frame.js'

/** What one server made of a case. */
export interface CaseResult {
  /** What the browser let this page see. */
  readonly saw: string
  /** What the server really said. */
  readonly said: string
  /** The answer's own words: header lines and body, where there are any. */
  readonly detail?: string
}

/** A way to be refused, which the page can try. */
export interface RefusalCase {
  readonly id: string
  readonly title: string
  /** What is done, in a sentence or two. */
  readonly what: string
  run(host: Host): Promise<CaseResult>
}

interface ProbeResult {
  readonly status: number
  readonly statusText: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const TOO_MUCH_TO_TRY = 64 * 1024 * 1024
const SHOWN_HEADERS = ['www-authenticate', 'upgrade', 'sec-websocket-version', 'retry-after', 'content-type']

let stranger: StrangerFrame | undefined

async function fetchProbe(host: Host, name: string): Promise<Pick<CaseResult, 'said' | 'detail'>> {
  const response = await fetch(`/probe?${new URLSearchParams({ host: host.name, case: name })}`)
  if (!response.ok) return { said: 'nothing: it could not be asked' }
  const { status, statusText, headers, body } = (await response.json()) as ProbeResult
  const shown = SHOWN_HEADERS.filter((header) => header in headers)
  const lines = shown.map((header) => `${header}: ${headers[header]}`)
  return { said: `${status} ${statusText}`, detail: [...lines, body.trim()].filter(Boolean).join('\n') }
}

function describeOutcome({ wasOpened, code }: Outcome): string {
  if (!wasOpened) return `closed with ${describeClose(code ?? 1006)}`
  return code === undefined ? 'it opened' : `opened, then closed with ${describeClose(code)}`
}

async function withoutToken(host: Host): Promise<CaseResult> {
  const saw = await attempt(addressOf(host, '/private'))
  return { saw: describeOutcome(saw), ...(await fetchProbe(host, 'no-token')) }
}

async function fromStranger(host: Host): Promise<CaseResult> {
  stranger ??= new StrangerFrame()
  const saw = await stranger.attempt(addressOf(host, '/ws'))
  return { saw: describeOutcome(saw), ...(await fetchProbe(host, 'foreign-origin')) }
}

async function tooLarge(host: Host): Promise<CaseResult> {
  const size = host.maxMessageBytes + 1
  if (size > TOO_MUCH_TO_TRY) {
    return {
      saw: 'nothing was sent',
      said: `it takes ${host.maxMessageBytes} bytes, too many to try from a page`,
    }
  }
  const outcome = await attempt(addressOf(host, '/ws'), new Uint8Array(size))
  const said = outcome.code === 1009 ? 'close frame 1009, Message Too Big' : 'no close frame that says why'
  return {
    saw: describeOutcome(outcome),
    said,
    detail: `sent: ${size} bytes\nallowed: ${host.maxMessageBytes} bytes`,
  }
}

async function withoutUpgrade(host: Host): Promise<CaseResult> {
  return { saw: 'a page cannot ask for this', ...(await fetchProbe(host, 'no-upgrade')) }
}

async function withOldVersion(host: Host): Promise<CaseResult> {
  return { saw: 'a page cannot ask for this', ...(await fetchProbe(host, 'old-version')) }
}

/** The refusals that the page shows, in its order. */
export const REFUSAL_CASES: readonly RefusalCase[] = [
  {
    id: 'no-token',
    title: 'No token',
    what: 'Connects to /private without the token that it asks for, neither as a header nor as a cookie.',
    run: withoutToken,
  },
  {
    id: 'foreign-origin',
    title: 'A page from elsewhere',
    what: 'Connects from a sandboxed frame, which the browser treats as a page of another site: it says “Origin: null”.',
    run: fromStranger,
  },
  {
    id: 'too-large',
    title: 'A message that is too large',
    what: 'Opens a session and sends one byte more than the server takes.',
    run: tooLarge,
  },
  {
    id: 'no-upgrade',
    title: 'An ordinary request',
    what: 'Asks for /ws as for a web page, without the upgrade to WebSocket.',
    run: withoutUpgrade,
  },
  {
    id: 'old-version',
    title: 'A version from 2011',
    what: 'Offers version 8 of the protocol, a draft; the standard is version 13.',
    run: withOldVersion,
  },
]
