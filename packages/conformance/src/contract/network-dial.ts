import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { openSocket } from '../wire/connection.js'
import {
  faultOfResponse,
  formatRequest,
  type HeaderField,
  type HttpResponse,
  handshakeFields,
  parseResponse,
  parseTarget,
} from '../wire/handshake.js'
import type { Transcript } from '../wire/transcript.js'
import type { DialAnswer, DialRequest } from './contract-client.js'
import { RawClient, resetSocket } from './raw-client.js'

const LAST_CHUNK = Buffer.from('0\r\n\r\n')

function fieldsOf(fields: readonly HeaderField[]): Map<string, string> {
  const map = new Map<string, string>()
  for (const [name, value] of fields) {
    const before = map.get(name)
    map.set(name, before === undefined ? value : `${before}, ${value}`)
  }
  return map
}

function requestFields(request: DialRequest, valid: readonly HeaderField[]): HeaderField[] {
  const fields = new Map(valid.map(([name, value]) => [name.toLowerCase(), [[name, value] as HeaderField]]))
  if (request.subprotocols !== undefined) {
    fields.set('sec-websocket-protocol', [['Sec-WebSocket-Protocol', request.subprotocols.join(', ')]])
  }
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    if (value === undefined) fields.delete(name.toLowerCase())
    else {
      const values = typeof value === 'string' ? [value] : value
      fields.set(
        name.toLowerCase(),
        values.map((one): HeaderField => [name, one]),
      )
    }
  }
  return [...fields.values()].flat()
}

// Takes the chunks of a body apart (RFC 9112 section 7.1).
function bodyOf(response: HttpResponse, isChunked: boolean): string {
  if (!isChunked) return response.rest.toString()
  let body = ''
  for (let at = 0; at < response.rest.length; ) {
    const lineEnd = response.rest.indexOf('\r\n', at)
    const size = Number.parseInt(response.rest.subarray(at, lineEnd).toString(), 16)
    if (!(size > 0)) break
    body += response.rest.subarray(lineEnd + 2, lineEnd + 2 + size).toString()
    at = lineEnd + 2 + size + 2
  }
  return body
}

// What arrives behind an answer's header is either frames, or the body of a refusal until the connection ends.
function readAnswer(socket: Socket): Promise<HttpResponse | undefined> {
  return new Promise((resolve) => {
    let bytes: Buffer = Buffer.alloc(0)
    const settle = (): void => {
      socket.off('data', take)
      socket.off('close', settle)
      resolve(parseResponse(bytes))
    }
    const take = (piece: Buffer): void => {
      bytes = Buffer.concat([bytes, piece])
      const response = parseResponse(bytes)
      if (response === undefined || (response.status >= 100 && response.status < 200)) {
        if (response !== undefined) settle()
        return
      }
      const length = Number(response.fields.find(([name]) => name === 'content-length')?.[1] ?? Number.NaN)
      const isChunked = response.fields.some(
        ([name, value]) => name === 'transfer-encoding' && value === 'chunked',
      )
      if (response.rest.length >= length || (isChunked && response.rest.subarray(-5).equals(LAST_CHUNK)))
        settle()
    }
    socket.on('data', take)
    socket.on('close', settle)
  })
}

/** Sends an upgrade request over a network and reads the whole answer. */
export async function dialNetwork(
  url: string,
  request: DialRequest,
  transcript: Transcript,
  sockets: Set<Socket>,
): Promise<DialAnswer> {
  const target = parseTarget(url)
  const socket = await openSocket(target)
  sockets.add(socket)
  const gone = new Promise<void>((resolve) => {
    socket.on('end', resolve)
    socket.on('close', () => resolve())
  })
  // Whatever becomes of the connection, the case hears of it by its end.
  socket.on('error', () => socket.destroy())
  const {
    method = 'GET',
    target: path = target.path,
    httpVersion = '1.1',
    early,
    leave,
    leaveBy = 'fin',
  } = request
  const key = randomBytes(16).toString('base64')
  const requestLine = `${method} ${path} HTTP/${httpVersion}`
  transcript.add('sent', requestLine)
  const head = Buffer.from(
    formatRequest(requestLine, requestFields(request, handshakeFields(target, key))),
    'latin1',
  )
  const answered = readAnswer(socket)
  socket.write(early === undefined ? head : Buffer.concat([head, early]))
  leave?.addEventListener('abort', () => {
    transcript.add('note', `the client leaves by ${leaveBy}`)
    if (leaveBy === 'rst') resetSocket(socket)
    else socket.end()
  })
  const response = await answered
  if (response === undefined) {
    transcript.add('note', 'no answer came')
    return { status: 0, headers: new Map(), body: '', gone }
  }
  const statusLine = `${response.httpVersion} ${response.status} ${response.statusText}`
  transcript.add('received', statusLine)
  const headers = fieldsOf(response.fields)
  if (response.status !== 101) {
    const body = bodyOf(response, headers.get('transfer-encoding') === 'chunked')
    return { status: response.status, headers, body, statusLine, gone }
  }
  const fault = faultOfResponse(response, key)
  if (fault !== undefined) {
    socket.destroy()
    throw new Error(`the handshake was answered wrongly: ${fault}`)
  }
  const client = new RawClient(socket, headers.get('sec-websocket-protocol') ?? '', transcript)
  client.start(response.rest)
  return { status: 101, headers, body: '', statusLine, client }
}
