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

/** Takes the header lines from a response that nobody is going to write; it lets go of its socket. */
export function takeHeaderLines(response: ServerResponse): string[] {
  response.removeAllListeners('finish')
  if (response.socket !== null) response.detachSocket(response.socket)
  return Object.entries(response.getHeaders()).flatMap(([name, value]) =>
    Array.isArray(value) ? value.map((one) => `${name}: ${one}`) : [`${name}: ${value}`],
  )
}
