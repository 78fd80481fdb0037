/** From how many bytes on whole words pay for the view that they need. */
const WORDS_FROM = 64
const ALL_BITS = 0xff

/**
 * Undoes the masking of a payload in place (RFC 6455 section 5.3). Doing it again masks it.
 * @param mask the four bytes of the key as one number, first byte lowest.
 * @param phase how many bytes of the payload came before these.
 * @returns the bits that any of the bytes has now; all of them where that was not looked at.
 */
export function unmask(bytes: Buffer, mask: number, phase: number): number {
  const { length } = bytes
  // The key as it applies to the first of these bytes.
  let key = turn(mask, phase)
  let at = 0
  if (length >= WORDS_FROM) {
    const lead = -bytes.byteOffset & 7
    for (; at < lead; at++) bytes[at] = (bytes[at] as number) ^ (key >>> ((at & 3) * 8))
    key = turn(key, lead)
    const words = new BigUint64Array(bytes.buffer, bytes.byteOffset + lead, (length - lead) >> 3)
    unmaskWords(words, BigInt(key >>> 0) * 0x1_0000_0001n)
    at = lead + words.length * 8
    for (let rest = 0; at < length; at++, rest++) {
      bytes[at] = (bytes[at] as number) ^ (key >>> ((rest & 3) * 8))
    }
    return ALL_BITS
  }
  let bits = 0
  for (; at < length; at++) {
    const byte = (bytes[at] as number) ^ ((key >>> ((at & 3) * 8)) & ALL_BITS)
    bytes[at] = byte
    bits |= byte
  }
  return bits
}

function turn(key: number, bytes: number): number {
  const bits = (bytes & 3) * 8
  return bits === 0 ? key : (key >>> bits) | (key << (32 - bits))
}

// Compiled, these are plain words of eight bytes and no BigInt is made; sixteen at a time take half as long as four.
function unmaskWords(words: BigUint64Array, key: bigint): void {
  let at = 0
  for (const whole = words.length & ~15; at < whole; at += 16) {
    words[at] = (words[at] as bigint) ^ key
    words[at + 1] = (words[at + 1] as bigint) ^ key
    words[at + 2] = (words[at + 2] as bigint) ^ key
    words[at + 3] = (words[at + 3] as bigint) ^ key
    words[at + 4] = (words[at + 4] as bigint) ^ key
    words[at + 5] = (words[at + 5] as bigint) ^ key
    words[at + 6] = (words[at + 6] as bigint) ^ key
    words[at + 7] = (words[at + 7] as bigint) ^ key
    words[at + 8] = (words[at + 8] as bigint) ^ key
    words[at + 9] = (words[at + 9] as bigint) ^ key
    words[at + 10] = (words[at + 10] as bigint) ^ key
    words[at + 11] = (words[at + 11] as bigint) ^ key
    words[at + 12] = (words[at + 12] as bigint) ^ key
    words[at + 13] = (words[at + 13] as bigint) ^ key
    words[at + 14] = (words[at + 14] as bigint) ^ key
    words[at + 15] = (words[at + 15] as bigint) ^ key
  }
  for (; at < words.length; at++) words[at] = (words[at] as bigint) ^ key
}
