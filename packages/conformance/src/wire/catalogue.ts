import { autoFragmentCases } from './cases/auto-fragments.js'
import { closeCodeCases } from './cases/close-codes.js'
import { closingCases } from './cases/closing.js'
import { compressedFrameCases } from './cases/compressed-frames.js'
import { compressionCases } from './cases/compression.js'
import { deliveryCases } from './cases/delivery.js'
import { fragmentCases } from './cases/fragments.js'
import { framingCases } from './cases/framing.js'
import { handshakeExtremeCases } from './cases/handshake-extremes.js'
import { handshakeRequestCases } from './cases/handshake-requests.js'
import { lengthCases } from './cases/lengths.js'
import { limitCases } from './cases/limits.js'
import { maskCases } from './cases/masks.js'
import { pingCases } from './cases/pings.js'
import { reservedBitCases, reservedOpcodeCases } from './cases/refusals.js'
import { utf8Cases } from './cases/utf8.js'
import type { WireCase } from './wire-case.js'

let cases: readonly WireCase[] | undefined

/** Returns every case of the wire suite, in order. */
export function catalogue(): readonly WireCase[] {
  cases ??= [
    ...framingCases(),
    ...pingCases(),
    ...reservedBitCases(),
    ...reservedOpcodeCases(),
    ...fragmentCases(),
    ...utf8Cases(),
    ...closingCases(),
    ...limitCases(),
    ...autoFragmentCases(),
    ...compressionCases(),
    ...handshakeRequestCases(),
    ...handshakeExtremeCases(),
    ...closeCodeCases(),
    ...lengthCases(),
    ...deliveryCases(),
    ...maskCases(),
    ...compressedFrameCases(),
  ]
  return cases
}
