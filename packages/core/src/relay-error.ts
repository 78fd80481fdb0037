import { describe, EchoSessionError } from './errors.js'
import type { RelayStage } from './relay.js'

function reasonOf(cause: unknown): string {
  try {
    if (cause instanceof Error && cause.message !== '') return cause.message
  } catch {
    // Whatever was thrown throws at being looked at.
  }
  return describe(cause)
}

/** An error of the relay between processes. */
export class RelayError extends EchoSessionError {
  /** Where it failed. */
  readonly stage: RelayStage

  constructor(stage: RelayStage, message: string, options: { readonly cause?: unknown } = {}) {
    super('ES_ERR_RELAY', message, options)
    this.stage = stage
  }

  /** Makes the error for what a relay has rejected with or reported. */
  static of(stage: RelayStage, cause: unknown): RelayError {
    if (cause instanceof RelayError) return cause
    const does = {
      connect:
        'The relay is not connected to the other processes; sessions of this one are reached as before',
      publish: 'A message could not be relayed to the other processes',
      subscribe: 'A room could not be subscribed to at the relay; it is tried again',
      close: 'The relay did not close',
    }[stage]
    return new RelayError(stage, `${does}: ${reasonOf(cause)}`, { cause })
  }
}
