import { ServerResponse } from 'node:http'

const { writeHead, end } = ServerResponse.prototype
/** The relay's own, which waits for the end of every response. */
const OWN_LISTENERS = 1

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

/** Frees what a response holds that nobody is going to write: a session may keep it. */
export function letGo(response: ServerResponse): void {
  response.removeAllListeners('finish')
  if (response.socket !== null) response.detachSocket(response.socket)
}
