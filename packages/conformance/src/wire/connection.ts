import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { agreeOn, type DeflateAgreement, parseExtensions } from './deflate.js'
import { DeflateCodec } from './deflate-codec.js'
import {
  faultOfResponse,
  fieldValue,
  formatRequest,
  type HttpResponse,
  handshakeFields,
  parseResponse,
  type WireTarget,
} from './handshake.js'
import { type Cancel, callAfter } from './patient-timer.js'
import { Peer } from './peer.js'
import type { Random } from './random.js'
import type { Transcript } from './transcript.js'

/** Opens TCP, or TLS for a `wss:` target; certificates are not judged. */
export async function openSocket(target: WireTarget): Promise<Socket> {
  const { host, port } = target
  const socket = target.isSecure
    ? connectTls({ host, port, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })
    : connectTcp({ host, port })
  socket.setNoDelay(true)
  await once(socket, target.isSecure ? 'secureConnect' : 'connect')
  return socket
}

/**
 * Reads from a socket until a response header is complete; undefined when TCP ends or the wait is over first.
 *
 * @param written - resolves when the request has been written, which is when the wait begins
 */
export function readResponse(
  socket: Socket,
  timeoutMs: number,
  written: Promise<void>,
): Promise<HttpResponse | undefined> {
  return new Promise((resolve) => {
    let bytes = Buffer.alloc(0)
    const settle = (response: HttpResponse | undefined): void => {
      isSettled = true
      cancel()
      socket.off('data', take)
      socket.off('close', giveUp)
      socket.off('end', giveUp)
      socket.off('error', giveUp)
      resolve(response)
    }
    const take = (piece: Buffer): void => {
      bytes = Buffer.concat([bytes, piece])
      const response = parseResponse(bytes)
      if (response !== undefined) settle(response)
    }
    const giveUp = (): void => settle(undefined)
    let isSettled = false
    let cancel: Cancel = () => {}
    void written.then(() => {
      if (!isSettled) cancel = callAfter(timeoutMs, giveUp)
    })
    socket.on('data', take)
    socket.on('close', giveUp)
    socket.on('end', giveUp)
    socket.on('error', giveUp)
  })
}

/** What a client end is made of. */
export interface ConnectParts {
  readonly target: WireTarget
  readonly transcript: Transcript
  readonly random: Random
  readonly timeoutMs: number
  /** The value of `Sec-WebSocket-Extensions`, when something is offered. */
  readonly extensions?: string | undefined
  /** Writes the request so many bytes at a time. */
  readonly chopBytes?: number | undefined
  /** Sent together with the request, in one write. */
  readonly early?: Buffer | undefined
}

/** An open connection, or why there is none. */
export type Connected = { readonly peer: Peer; readonly head: Buffer } | { readonly refusal: string }

/** No subprotocol is offered, so none may be chosen; and a choice of extensions stands in one field. */
function faultOfChoices({ fields }: HttpResponse): string | undefined {
  const subprotocol = fieldValue(fields, 'sec-websocket-protocol') ?? ''
  if (subprotocol !== '') return `the server chooses the subprotocol ${subprotocol}, which was not offered`
  const extensions = fields.filter(([name]) => name === 'sec-websocket-extensions')
  return extensions.length > 1 ? 'Sec-WebSocket-Extensions stands there more than once' : undefined
}

function deflateOf(response: HttpResponse, wasOffered: boolean): DeflateAgreement | undefined {
  const extensions = parseExtensions(fieldValue(response.fields, 'sec-websocket-extensions') ?? '')
  const [extension, ...more] = extensions
  if (extension === undefined) return undefined
  if (!wasOffered || more.length > 0 || extension.name !== 'permessage-deflate') {
    throw new Error(`the server answers with an extension that was not offered: ${extension.name}`)
  }
  return agreeOn(extension.parameters)
}

/** Connects to a server and does the opening handshake (RFC 6455 section 4.1). */
export async function connectPeer(parts: ConnectParts): Promise<Connected> {
  const { target, transcript, random, extensions } = parts
  let socket: Socket
  try {
    socket = await openSocket(target)
  } catch (error) {
    return { refusal: `no connection: ${(error as Error).message}` }
  }
  const key = random.bytes(16).toString('base64')
  const requestLine = `GET ${target.path} HTTP/1.1`
  const request = Buffer.from(formatRequest(requestLine, handshakeFields(target, key, extensions)), 'latin1')
  transcript.add('sent', extensions === undefined ? requestLine : `${requestLine}, offers ${extensions}`)
  const early = parts.early ?? Buffer.alloc(0)
  if (early.length > 0) transcript.add('sent', `${early.length} B of frames in the same write`)
  const written = writeInPieces(
    socket,
    Buffer.concat([request, early]),
    parts.chopBytes ?? Number.POSITIVE_INFINITY,
  )
  const response = await readResponse(socket, parts.timeoutMs, written)
  if (response === undefined) {
    socket.destroy()
    return { refusal: 'the handshake was not answered' }
  }
  const chosen = fieldValue(response.fields, 'sec-websocket-extensions')
  const suffix = chosen === undefined ? '' : `, agrees to ${chosen}`
  transcript.add('received', `${response.httpVersion} ${response.status} ${response.statusText}${suffix}`)
  const fault = faultOfResponse(response, key) ?? faultOfChoices(response)
  if (fault !== undefined) {
    socket.destroy()
    return { refusal: fault }
  }
  try {
    const agreement = deflateOf(response, extensions !== undefined)
    const codec = agreement === undefined ? undefined : new DeflateCodec('client', agreement)
    return { peer: new Peer({ role: 'client', socket, transcript, random, codec }), head: response.rest }
  } catch (error) {
    socket.destroy()
    return { refusal: (error as Error).message }
  }
}

/** Writes bytes so many at a time, with a turn of the event loop between two writes. */
export async function writeInPieces(socket: Socket, bytes: Buffer, chopBytes: number): Promise<void> {
  for (let at = 0; at < bytes.length && !socket.destroyed; at += chopBytes) {
    if (at > 0) await new Promise((resolve) => setImmediate(resolve))
    socket.write(bytes.subarray(at, at + Math.min(chopBytes, bytes.length)))
  }
}
