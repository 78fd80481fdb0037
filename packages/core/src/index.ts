export type { Admitted, Answer, Attempt } from './admission.js'
export type { Audience, SendOptions } from './audience.js'
export type { Clock, TimerHandle } from './clock.js'
export { systemClock } from './clock.js'
export type { CloseEvent } from './close.js'
export { cutReason, isSendableCloseCode, MAX_REASON_BYTES } from './close.js'
export type {
  AnySessionDefinition,
  AuthorizeContext,
  SessionDefinition,
  SessionFunction,
  SessionHandler,
  SessionSettings,
} from './define-session.js'
export { defineSession } from './define-session.js'
export type { DrainOptions, DrainReport } from './drain.js'
export type { EchoSession, SessionState } from './echo-session.js'
export type { EchoSessionErrorOptions, ErrorCode, ErrorRow } from './errors.js'
export { argumentError, describe, EchoSessionError, ERRORS } from './errors.js'
export { checkRequest, isWebSocketUpgrade } from './handshake.js'
export { isFieldValue, isToken } from './header-field.js'
export type { MessageData, MessageType } from './message.js'
export { Message } from './message.js'
export type { Counters, GapEvent, HandlerPhase, Observer, RejectEvent } from './observer.js'
export type { OptionRow } from './option-table.js'
export { OPTIONS } from './option-table.js'
export type { ResolvedOptions, SessionsOptions, SlowConsumerPolicy } from './options.js'
export type { AllowedOrigins, OriginPredicate } from './origin.js'
export type { FrameEncoder, PortCapabilities, SocketPort, SocketSink } from './port.js'
export type { JsonValue, Presence, PresenceEvent, PresenceMember } from './presence.js'
export type { Refusal, RejectOptions } from './refusal.js'
export { refuse, reject } from './refusal.js'
export type { Relay, RelayLink, RelaySink, RelayStage } from './relay.js'
export { RelayError } from './relay-error.js'
export type { RequestSource } from './session-request.js'
export { SessionRequest } from './session-request.js'
export type { Sessions } from './sessions.js'
export { createSessions } from './sessions.js'
