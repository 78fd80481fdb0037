import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import { DEMOS, type RunningDemo, SERVER_OPTIONS } from 'demo-kit'
import sirv from 'sirv'
import { PROBE_CASES, probe } from './probe.js'

const FOLDER = fileURLToPath(new URL('../page', import.meta.url))

// A name or an IPv4 address; a policy cannot name an IPv6 one.
const PLAIN_HOST = /^([a-z0-9.-]+)(?::\d{1,5})?$/i

/** Says what the page may load and connect to: itself, and the five echoes on the host that it was opened by. */
function contentSecurityPolicy(host: string | undefined, ports: readonly string[]): string {
  const name = PLAIN_HOST.exec(host ?? '')?.[1]
  const sockets = name === undefined ? ['ws:'] : ports.map((port) => `ws://${name}:${port}`)
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ${sockets.join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

function answerJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
  response.end(JSON.stringify(value))
}

/** Makes the server of the page: its files, the list of the demos, and the handshakes that a browser cannot show. */
export function createPageServer(demos: readonly RunningDemo[]): Server {
  const hosts = demos.map(({ name, url, sessions }) => ({
    name,
    title: DEMOS[name].title,
    adapter: DEMOS[name].adapter,
    port: Number(new URL(url).port),
    maxMessageBytes: sessions.options.maxMessageBytes,
  }))
  const ports = hosts.map(({ port }) => String(port))
  const files = sirv(FOLDER, {
    setHeaders: (response, path) => {
      const isHashed = path.startsWith('/assets/')
      response.setHeader('Cache-Control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })

  async function answerProbe(query: URLSearchParams, response: ServerResponse): Promise<void> {
    const demo = demos.find(({ name }) => name === query.get('host'))
    const name = query.get('case') ?? ''
    if (demo === undefined || !PROBE_CASES.includes(name)) {
      const names = demos.map((known) => known.name).join(', ')
      const error = `host has to be one of ${names}, and case one of ${PROBE_CASES.join(', ')}.`
      answerJson(response, 400, { error })
      return
    }
    try {
      answerJson(response, 200, await probe(demo.url, name))
    } catch {
      answerJson(response, 502, { error: `${demo.name} did not answer.` })
    }
  }

  function answer(request: IncomingMessage, response: ServerResponse): void {
    response.setHeader('Content-Security-Policy', contentSecurityPolicy(request.headers.host, ports))
    response.setHeader('X-Content-Type-Options', 'nosniff')
    response.setHeader('Referrer-Policy', 'no-referrer')
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
    const [path = '/', query] = (request.url ?? '/').split('?', 2)
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { Allow: 'GET, HEAD' }).end('405 Method Not Allowed\n')
    } else if (path === '/hosts.json') answerJson(response, 200, hosts)
    else if (path === '/probe') void answerProbe(new URLSearchParams(query), response)
    else files(request, response, () => void response.writeHead(404).end('404 Not Found\n'))
  }

  return createServer(SERVER_OPTIONS, answer)
}
