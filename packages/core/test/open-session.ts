import {
  createSessions,
  defineSession,
  type EchoSession,
  type SessionDefinition,
  type SessionHandler,
  type Sessions,
  type SessionsOptions,
  type SocketSink,
} from '../dist/index.js'
import { createManualClock, type ManualClock } from '../dist/memory/index.js'
import { memoryRequestSource } from '../dist/memory/memory-request.js'
import { RecordingPort } from './recording-port.js'

/** A session on a port that the test moves by hand, on a clock that it moves too. */
export interface OpenedSession {
  readonly sessions: Sessions
  readonly clock: ManualClock
  readonly port: RecordingPort
  readonly sink: SocketSink
  readonly session: EchoSession
  start(): void
  /** Reports a text message. */
  receive(text: string): void
}

const encoder = new TextEncoder()

export function openSession(
  handler: SessionHandler | SessionDefinition<unknown, never>,
  options: SessionsOptions = {},
  port = new RecordingPort(),
  engine?: Sessions,
): OpenedSession {
  const clock = (engine?.options.clock as ManualClock | undefined) ?? createManualClock()
  const sessions = engine ?? createSessions({ clock, observer: { onError() {} }, ...options })
  const definition = 'handler' in handler ? handler : defineSession(handler)
  const attempt = sessions.admit(definition, memoryRequestSource({}))
  const { sink, start } = attempt.open(port)
  port.sink = sink
  const [session] = [...sessions].slice(-1)
  return {
    sessions,
    clock,
    port,
    sink,
    session: session as EchoSession,
    start,
    receive: (text) => sink.message(encoder.encode(text), 'text'),
  }
}

/** The same, started. */
export function startSession(
  handler: SessionHandler | SessionDefinition<unknown, never>,
  options: SessionsOptions = {},
  port = new RecordingPort(),
): OpenedSession {
  const opened = openSession(handler, options, port)
  opened.start()
  return opened
}

/** Lets every promise that is settled be heard. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}
