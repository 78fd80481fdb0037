import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { HeaderFields } from './answer-lines.js'
import type { AnswerStream } from './answer-stream.js'

const { writeHead, end } = ServerResponse.prototype
/** The one that {@link serve} adds. */
const OWN_LISTENERS = 1

function onDrain(this: AnswerStream): void {
  this.response?.emit('drain')
}

// A response to an upgrade is given no other.
function streamOf(response: ServerResponse): AnswerStream | null {
  return response.socket as unknown as AnswerStream | null
}

function onFinish(this: ServerResponse): void {
  const stream = streamOf(this)
  letGo(this)
  stream?.complete()
  process.nextTick(() => this.emit('close'))
}

/** Does for a response to an upgrade what node's server does for its own responses only. */
export function serve(response: ServerResponse, stream: AnswerStream): void {
  stream.response = response
  stream.on('drain', onDrain)
  response.on('finish', onFinish)
}

/** Makes the response to an upgrade request, which a host's pipeline writes to an answer stream. */
export function createUpgradeResponse(request: IncomingMessage, stream: AnswerStream): ServerResponse {
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  // A response needs no more of its socket than a stream has.
  response.assignSocket(stream as unknown as Socket)
  serve(response, stream)
  return response
}

/**
 * Whether nobody has put himself in the way of a response or waits for it, as loggers and sessions in cookies do. Then
 * nobody can tell whether it has been written.
 */
export function isUnobserved(response: ServerResponse): boolean {
  return (
    response.writeHead === writeHead &&
    response.end === end &&
    response.listenerCount('finish') === OWN_LISTENERS &&
    response.listenerCount('close') === 0
  )
}

/** The header fields that a response has so far. */
export function fieldsOf(response: ServerResponse): HeaderFields {
  return response.getHeaderNames().map((name) => [name, response.getHeader(name)] as const)
}

/** Frees what a response holds that nobody is going to write any more: a session may keep it. */
export function letGo(response: ServerResponse): void {
  response.removeListener('finish', onFinish)
  const stream = streamOf(response)
  if (stream === null) return
  stream.response = undefined
  response.detachSocket(stream as unknown as Socket)
}
