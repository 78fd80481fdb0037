import { splitList } from './header-field.js'

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$/
const IPV6 = /^[0-9a-f:.]{2,45}$/
const WITH_PORT = /^(\d+\.\d+\.\d+\.\d+):\d{1,5}$/
const BRACKETED = /^\[([^\]]*)\](?::\d{1,5})?$/
const MAPPED = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/

function octets(group: string): string {
  const value = Number.parseInt(group, 16)
  return `${value >> 8}.${value & 255}`
}

// Writes IPv6 as RFC 5952 does, or tells that it is none. The URL parser is the platform's own for it.
function canonicalIpv6(address: string): string | undefined {
  if (!IPV6.test(address) || !URL.canParse(`http://[${address}]`)) return undefined
  const text = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const mapped = MAPPED.exec(text)
  if (mapped === null) return text
  return `${octets(mapped[1] as string)}.${octets(mapped[2] as string)}`
}

// An address in its one spelling; undefined for anything else that proxies write, such as `unknown`.
function parseAddress(value: string): string | undefined {
  if (IPV4.test(value)) return value
  const bare = BRACKETED.exec(value)?.[1] ?? value
  const withoutPort = WITH_PORT.exec(bare)?.[1]
  if (withoutPort !== undefined) return IPV4.test(withoutPort) ? withoutPort : undefined
  const zone = bare.indexOf('%')
  return canonicalIpv6((zone < 0 ? bare : bare.slice(0, zone)).toLowerCase())
}

/**
 * Writes an address in one way: IPv4 inside IPv6 (`::ffff:a.b.c.d`) becomes plain IPv4, IPv6 is as RFC 5952 has it,
 * brackets, port and zone go. What is no address, such as that of a Unix socket, stays as it is.
 */
export function canonicalAddress(address: string): string {
  return parseAddress(address) ?? address
}

/**
 * Finds the client behind a known number of proxies: each trusted hop is one step from the right of
 * `X-Forwarded-For`, so what a client writes there itself is never reached.
 */
export function forwardedAddress(socketAddress: string, header: string | undefined, hops: number): string {
  const chain = splitList(header)
  let address = canonicalAddress(socketAddress)
  for (let hop = 1; hop <= hops; hop++) {
    const next = chain[chain.length - hop]
    const parsed = next === undefined ? undefined : parseAddress(next)
    if (parsed === undefined) break
    address = parsed
  }
  return address
}

/** The key that connections are counted under: the IPv4 address, or the /64 that one IPv6 customer holds. */
export function addressKey(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const front = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const back = tail === '' ? [] : tail.split(':')
    for (let missing = 8 - front.length - back.length; missing > 0; missing--) front.push('0')
    front.push(...back)
  }
  return `${front.slice(0, 4).join(':')}::/64`
}
