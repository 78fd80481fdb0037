import { isUtf8 } from 'node:buffer'

const NOTHING = Buffer.alloc(0)
/** No character takes more bytes (RFC 3629 section 3). */
const LONGEST = 4

/** How many bytes the character that begins with this byte says it has; 0 for one that begins none. */
function lengthOf(byte: number): number {
  if (byte < 0x80) return 1
  return byte < 0xc0 ? 0 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : LONGEST
}

/** Where the character begins that goes on behind the end of these bytes; their length if there is none. */
function openCharacter(bytes: Buffer): number {
  for (let back = 1; back < LONGEST && back <= bytes.length; back++) {
    const length = lengthOf(bytes[bytes.length - back] as number)
    if (length > 0) return length > back ? bytes.length - back : bytes.length
  }
  return bytes.length
}

/** Whether what these pieces come to is UTF-8, without joining them. */
export function isUtf8InPieces(pieces: readonly Buffer[]): boolean {
  let open: Buffer = NOTHING
  for (const piece of pieces) {
    let start = 0
    if (open.length > 0) {
      start = Math.min(piece.length, lengthOf(open[0] as number) - open.length)
      open = Buffer.concat([open, piece.subarray(0, start)])
      if (open.length < lengthOf(open[0] as number)) continue
      if (!isUtf8(open)) return false
    }
    const rest = piece.subarray(start)
    const end = openCharacter(rest)
    if (!isUtf8(rest.subarray(0, end))) return false
    open = rest.subarray(end)
  }
  return open.length === 0
}
