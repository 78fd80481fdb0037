import type { SessionDefinition } from '../define-session.js'
import { EchoSessionError, ERRORS } from '../errors.js'
import { type Refusal, refuse } from '../refusal.js'
import { createSessions, type Sessions } from '../sessions.js'
import { type MemoryClient, MemoryConnection } from './memory-client.js'
import { type MemoryRequest, memoryRequestSource } from './memory-request.js'

/** How to connect without a network. */
export interface MemoryConnectOptions<Context = unknown> extends MemoryRequest {
  /** The engine to connect to; a new one with the defaults when left out. */
  readonly sessions?: Sessions
  /** Becomes `session.context`. */
  readonly context?: Context
  /** Aborts the handshake, as a client does that leaves. */
  readonly signal?: AbortSignal
}

/** The error of a memory connection that was refused: what a client would have got instead of 101. */
export interface MemoryRefusal extends EchoSessionError {
  readonly cause: Refusal
}

/**
 * Connects to a handler without a port, for tests.
 * @example
 * ```ts
 * import { defineSession } from '@echosession/core'
 * import { connect } from '@echosession/core/memory'
 *
 * const shout = defineSession({
 *   message(session, message) {
 *     session.send(message.text().toUpperCase())
 *   },
 * })
 * const client = await connect(shout)
 * client.send('hello')
 * console.log((await client.next())?.text())
 * client.close(1000)
 * ```
 * @throws {@link EchoSessionError} with the code and status of the refusal, and the whole of it as `cause`.
 */
export async function connect<Context>(
  definition: SessionDefinition<unknown, Context>,
  options: MemoryConnectOptions<Context> = {},
): Promise<MemoryClient> {
  const { sessions = createSessions(), context, signal, ...request } = options
  const attempt = sessions.admit(definition, memoryRequestSource(request), context)
  const leave = () => attempt.abandon()
  signal?.addEventListener('abort', leave)
  if (signal?.aborted) leave()
  const answer = await attempt.answer
  signal?.removeEventListener('abort', leave)
  if (answer.accepted && !signal?.aborted) return new MemoryConnection(attempt, answer.protocol)
  const refusal = answer.accepted ? { ...refuse('ES_ERR_ABORTED'), status: 0 } : answer
  throw new EchoSessionError(refusal.code, ERRORS[refusal.code].meaning, {
    status: refusal.status,
    cause: refusal,
  })
}
