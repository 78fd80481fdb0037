import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { AnswerStream } from './answer-stream.js'

const { writeHead, end } = ServerResponse.prototype
/** The one that {@link serve} adds. */
const OWN_LISTENERS = 1

function onFinish(this: ServerResponse): void {
  const stream = this.socket as unknown as AnswerStream | null
  letGo(this)
  stream?.complete()
  process.nextTick(() => this.emit('close'))
}

/** Does for a response to an upgrade what node's server does for its own responses only. */
export function serve(response: ServerResponse, stream: AnswerStream): void {
  stream.on('drain', () => response.emit('drain'))
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

/** Frees what a response holds that nobody is going to write any more: a session may keep it. */
export function letGo(response: ServerResponse): void {
  response.removeListener('finish', onFinish)
  const { socket } = response
  if (socket === null) return
  socket.removeAllListeners('drain')
  response.detachSocket(socket)
}
