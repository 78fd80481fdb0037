import { describe, EchoSessionError } from './errors.js'

function reasonOf(cause: unknown): string {
  try {
    if (cause instanceof Error && cause.message !== '') return cause.message
  } catch {
    // Whatever was thrown throws at being looked at.
  }
  return describe(cause)
}

/** Makes the error for a log that failed; one of the log's own stays as it is. */
export function logError(what: string, cause: unknown): EchoSessionError {
  if (cause instanceof EchoSessionError && cause.code === 'ES_ERR_LOG') return cause
  return new EchoSessionError('ES_ERR_LOG', `${what}: ${reasonOf(cause)}`, { cause })
}
