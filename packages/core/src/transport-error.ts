import { EchoSessionError, ERRORS, type ErrorCode } from './errors.js'

const CODES: Readonly<Record<number, ErrorCode>> = {
  1002: 'ES_ERR_PROTOCOL',
  1007: 'ES_ERR_PROTOCOL',
  1008: 'ES_ERR_PROTOCOL',
  1009: 'ES_ERR_MESSAGE_BYTES',
}

function isOwn(error: unknown): error is EchoSessionError {
  try {
    const { code } = error as { readonly code?: unknown }
    return typeof code === 'string' && Object.hasOwn(ERRORS, code)
  } catch {
    return false
  }
}

/** Gives an error of a transport a code of the table; the transport's own stays with it as its cause. */
export function transportError(error: unknown, closeCode: number | undefined): EchoSessionError {
  if (isOwn(error)) return error
  const code = (closeCode === undefined ? undefined : CODES[closeCode]) ?? 'ES_ERR_TRANSPORT'
  const options = closeCode === undefined ? { cause: error } : { cause: error, closeCode }
  return new EchoSessionError(code, ERRORS[code].meaning, options)
}
