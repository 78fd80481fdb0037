import { isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'

const EVERY_ADDRESS = ['0.0.0.0', '::']

/** Writes a host as it stands in a URL. */
export function inUrl(host: string): string {
  return isIPv6(host) ? `[${host}]` : host
}

/** The origins that the page has, for whoever opens it: a server that listens on every address has many. */
export function pageOrigins(host: string, port: number): string[] {
  const own = EVERY_ADDRESS.includes(host)
    ? Object.values(networkInterfaces())
        .flatMap((addresses) => addresses ?? [])
        // An address that holds on one link only cannot stand in a URL.
        .filter(({ scopeid }) => !scopeid)
        .map(({ address }) => address)
    : [host]
  return [...new Set(['127.0.0.1', 'localhost', ...own])].map(
    (name) => new URL(`http://${inUrl(name)}:${port}`).origin,
  )
}

/** The address at which this machine itself reaches a server that listens on `host`. */
export function ownAddress(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  return host === '::' ? '::1' : host
}
