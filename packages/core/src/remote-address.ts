import { splitList } from './header-field.js'

const MAPPED = /^::ffff:(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})$/i
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)$/
const IPV6 = /^[0-9a-f:.]{2,45}$/i

/** Writes an address in one way: IPv4 inside IPv6 (`::ffff:a.b.c.d`) becomes plain IPv4, brackets and zone go. */
export function canonicalAddress(address: string): string {
  const bare = address.startsWith('[') ? address.slice(1, address.indexOf(']')) : address
  const mapped = MAPPED.exec(bare)
  if (mapped?.[1] !== undefined) return mapped[1]
  const zone = bare.indexOf('%')
  return (zone < 0 ? bare : bare.slice(0, zone)).toLowerCase()
}

function isAddress(value: string): boolean {
  return IPV4.test(value) || (value.includes(':') && IPV6.test(value))
}

/**
 * Finds the client behind a known number of proxies: each trusted hop is one step from the right of
 * `X-Forwarded-For`, so what a client writes there itself is never reached.
 */
export function forwardedAddress(socketAddress: string, header: string | undefined, hops: number): string {
  const chain = [...splitList(header), socketAddress]
  let address = socketAddress
  for (let hop = 1; hop <= hops; hop++) {
    const next = chain[chain.length - 1 - hop]
    if (next === undefined) break
    const canonical = canonicalAddress(next)
    if (!isAddress(canonical)) break
    address = canonical
  }
  return canonicalAddress(address)
}

/** The key that connections are counted under: the IPv4 address, or the /64 that one IPv6 customer holds. */
export function addressKey(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const front = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const back = tail === '' ? [] : tail.split(':')
    const missing = Math.max(0, 8 - front.length - back.length)
    for (let i = 0; i < missing; i++) front.push('0')
    front.push(...back)
  }
  return `${front
    .slice(0, 4)
    .map((part) => part.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}
