import { framingCases } from './cases/framing.js'
import type { WireCase } from './wire-case.js'

let cases: readonly WireCase[] | undefined

/** Returns every case of the wire suite, in order. */
export function catalogue(): readonly WireCase[] {
  cases ??= [...framingCases()]
  return cases
}
