/** An HTTP answer as it came over the wire. */
export interface HttpAnswer {
  readonly status: number
  readonly statusText: string
  /** Headers by lower-case name; each value on its own. */
  readonly headers: Readonly<Record<string, readonly string[]>>
  /** What came behind the head, chunked framing taken off. */
  readonly body: string
  /** Everything, as it came. */
  readonly raw: string
}

const HEAD_END = '\r\n\r\n'

function unchunk(text: string): string {
  let body = ''
  let rest = text
  for (;;) {
    const end = rest.indexOf('\r\n')
    const size = Number.parseInt(rest.slice(0, end), 16)
    if (end < 0 || !(size > 0)) return body
    body += rest.slice(end + 2, end + 2 + size)
    rest = rest.slice(end + 4 + size)
  }
}

/** Reads an answer; undefined until its head is complete. */
export function parseAnswer(
  bytes: Buffer,
): { readonly answer: HttpAnswer; readonly rest: Buffer } | undefined {
  const end = bytes.indexOf(HEAD_END)
  if (end < 0) return undefined
  const raw = bytes.toString('latin1')
  const [statusLine = '', ...lines] = raw.slice(0, end).split('\r\n')
  const [, status = '', ...text] = statusLine.split(' ')
  const headers: Record<string, string[]> = Object.create(null)
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    headers[name] ??= []
    headers[name].push(line.slice(colon + 1).trim())
  }
  const rest = bytes.subarray(end + HEAD_END.length)
  const chunked = headers['transfer-encoding']?.includes('chunked') === true
  const plain = rest.toString('utf8')
  const answer = {
    status: Number(status),
    statusText: text.join(' '),
    headers,
    body: chunked ? unchunk(plain) : plain,
    raw,
  }
  return { answer, rest }
}
