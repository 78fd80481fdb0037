/** From how many bytes on whole words pay for the views that they need. */
const WORDS_FROM = 1024

/**
 * Masks bytes in place, or takes the mask off them again (RFC 6455 section 5.3).
 *
 * @param key - the four bytes of the masking key
 * @param offset - how many bytes of the payload came before these
 */
export function mask(bytes: Uint8Array, key: Uint8Array, offset = 0): void {
  const { length } = bytes
  if (length < WORDS_FROM) {
    maskSingly(bytes, 0, length, key, offset)
    return
  }
  const lead = -bytes.byteOffset & 3
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + lead, (length - lead) >> 2)
  const turned = Uint8Array.from([0, 1, 2, 3], (index) => key[(index + lead + offset) & 3] as number)
  const [word = 0] = new Int32Array(turned.buffer)
  maskSingly(bytes, 0, lead, key, offset)
  for (let index = 0; index < words.length; index += 1) words[index] = (words[index] as number) ^ word
  maskSingly(bytes, lead + words.length * 4, length, key, offset)
}

function maskSingly(bytes: Uint8Array, from: number, to: number, key: Uint8Array, offset: number): void {
  for (let index = from; index < to; index += 1) {
    bytes[index] = (bytes[index] as number) ^ (key[(index + offset) & 3] as number)
  }
}
