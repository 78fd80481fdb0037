/** From how many bytes on whole words pay for the view that they need. */
const WORDS_FROM = 64

/**
 * Undoes the masking of a payload in place (RFC 6455 section 5.3). Doing it again masks it.
 * @param mask the four bytes of the key as one number, first byte lowest.
 * @param phase how many bytes of the payload came before these.
 */
export function unmask(bytes: Buffer, mask: number, phase: number): void {
  const { length } = bytes
  // The key as it applies to the first of these bytes.
  const turn = (phase & 3) * 8
  let key = turn === 0 ? mask : (mask >>> turn) | (mask << (32 - turn))
  let at = 0
  if (length >= WORDS_FROM) {
    const lead = -bytes.byteOffset & 3
    for (; at < lead; at++) bytes[at] = (bytes[at] as number) ^ (key >>> ((at & 3) * 8))
    const shift = lead * 8
    if (shift > 0) key = (key >>> shift) | (key << (32 - shift))
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + lead, (length - lead) >> 2)
    for (let word = 0; word < words.length; word++) words[word] = (words[word] as number) ^ key
    at = lead + words.length * 4
    for (let rest = 0; at < length; at++, rest++) bytes[at] = (bytes[at] as number) ^ (key >>> (rest * 8))
    return
  }
  for (; at < length; at++) bytes[at] = (bytes[at] as number) ^ (key >>> ((at & 3) * 8))
}
