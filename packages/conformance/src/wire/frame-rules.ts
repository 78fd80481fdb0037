import { Opcode } from './frame.js'
import type { FrameHeader } from './frame-decoder.js'

const CODES = new Set([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014])

/** Tells whether a close code may stand in a close frame (RFC 6455 section 7.4, and the registry of close codes). */
export function mayBeSent(code: number): boolean {
  return code < 3000 ? CODES.has(code) : code <= 4999
}

/** What the rules depend on besides the header. */
export interface FrameContext {
  /** Which end reads. */
  readonly role: 'client' | 'server'
  /** Whether permessage-deflate is in use. */
  readonly isCompressed: boolean
  /** Whether a message has begun and not ended. */
  readonly isInMessage: boolean
}

function controlFaults(header: FrameHeader, isCompressed: boolean): (string | false)[] {
  return [
    !header.fin && 'a control frame is fragmented',
    header.lengthField > 125 && 'a control frame is longer than 125 bytes',
    header.opcode > 10 && `reserved control opcode ${header.opcode}`,
    header.opcode === Opcode.close && header.lengthField === 1 && 'a close frame has 1 byte',
    isCompressed && 'a control frame is compressed',
  ]
}

function dataFaults(header: FrameHeader, isCompressed: boolean, isInMessage: boolean): (string | false)[] {
  return [
    header.opcode > 2 && `reserved data opcode ${header.opcode}`,
    !isInMessage && header.opcode === 0 && 'a continuation frame continues nothing',
    isInMessage && header.opcode !== 0 && 'a new message begins inside another',
    isInMessage && isCompressed && 'a continuation frame has the compressed bit',
  ]
}

/** Says what is wrong with a header (RFC 6455 section 5.2, RFC 7692 section 6), in the order of its bits. */
export function faultsOf(header: FrameHeader, context: FrameContext): string[] {
  const isCompressed = context.isCompressed && header.rsv === 4
  const { lengthField, length } = header
  const isLong = (lengthField === 126 && length < 126n) || (lengthField === 127 && length < 65_536n)
  const faults = [
    header.rsv !== 0 && !isCompressed && `reserved bits ${header.rsv} without an extension for them`,
    context.role === 'client' && header.masked && 'a frame from the server is masked',
    context.role === 'server' && !header.masked && 'a frame from the client is not masked',
    ...(header.opcode > 7
      ? controlFaults(header, isCompressed)
      : dataFaults(header, isCompressed, context.isInMessage)),
    isLong && 'a length is not written as short as it can be',
    length > 0x7fff_ffff_ffff_ffffn && 'a length has its highest bit set',
  ]
  return faults.filter((fault) => fault !== false)
}
