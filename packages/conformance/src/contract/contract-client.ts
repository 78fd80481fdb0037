import type { MessageType } from '@echosession/core'
import type { Transcript } from '../wire/transcript.js'

/** An upgrade request; what is left out is that of a valid handshake for the session's own path. */
export interface DialRequest {
  readonly method?: string
  readonly target?: string
  readonly httpVersion?: string
  /** Headers to add to those of a valid handshake; undefined takes one away, a list gives it more than once. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>
  /** The subprotocols to offer. */
  readonly subprotocols?: readonly string[]
  /** Bytes that leave in one write with the request; only over a network. */
  readonly early?: Uint8Array
  /** Aborted when the client gives up before the answer. */
  readonly leave?: AbortSignal
  /** How a client over a network leaves: with a FIN (the default) or a RST. */
  readonly leaveBy?: 'fin' | 'rst'
}

/** The answer to an upgrade request. */
export interface DialAnswer {
  /** The status; 0 when there was no answer. */
  readonly status: number
  /** Headers of the answer by lower-case name. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
  /** The status line as it came, over a network. */
  readonly statusLine?: string
  /** Resolves when the connection has ended, over a network. */
  readonly gone?: Promise<void>
  /** The open connection, when the status is 101. */
  readonly client?: ContractClient
}

/** Sends an upgrade request without a network. */
export type Dial = (request: DialRequest, transcript: Transcript) => Promise<DialAnswer>

/** A message as the client received it. */
export interface Received {
  readonly type: MessageType
  readonly bytes: Uint8Array
}

/** How the connection ended, as the client saw it. */
export interface Ending {
  /** The code of the close frame that came: 1005 for an empty one, 1006 for none. */
  readonly code: number
  readonly reason: string
}

/** The client's end of a connection: it does what a case tells it, valid or not. */
export interface ContractClient {
  /** The subprotocol in the answer; empty when there was none. */
  readonly protocol: string
  /** Pings that have come and were not answered yet, because the client holds its pongs. */
  readonly pings: readonly Uint8Array[]
  /** Pongs that have come. */
  readonly pongs: readonly Uint8Array[]
  /** Messages that have come, first to last; `next` does not take them away from here. */
  readonly received: readonly Received[]
  /** How the connection ended; undefined while it lasts. */
  readonly ending: Ending | undefined
  /** Resolves when the connection is gone. */
  readonly closed: Promise<Ending>
  /** Sends a message. */
  send(data: string | Uint8Array): void
  /** Sends a text message with these bytes, valid UTF-8 or not. */
  sendText(bytes: Uint8Array): void
  /** Begins a text message and does not finish it. */
  begin(): void
  /** Finishes the message that was begun. */
  finish(text: string): void
  ping(payload?: Uint8Array): void
  pong(payload?: Uint8Array): void
  /** From here on pings are not answered by themselves. */
  holdPongs(): void
  /** Answers the pings that were held. */
  releasePongs(): void
  /** The next message; undefined when the connection is gone. */
  next(): Promise<Received | undefined>
  /** Starts the closing handshake; without a code the close frame is empty. */
  close(code?: number, reason?: string): void
  /** Drops the connection: with a RST where there is a network. */
  terminate(): void
  /** Stops reading. */
  pause(): void
  /** Reads again. */
  resume(): void
}

/** The client's end over a network: it can also send what is no whole frame. */
export interface NetworkClient extends ContractClient {
  /** Bytes that were sent and have not reached the operating system. */
  readonly backlogBytes: number
  /** Sends one frame as it is. */
  sendFrame(opcode: number, payload: Uint8Array, options?: FrameShape): void
  /** Ends the client's direction of TCP, without a close frame. */
  end(): void
}

/** How a frame differs from a plain one. */
export interface FrameShape {
  readonly fin?: boolean
  readonly rsv?: number
  readonly masked?: boolean
}
