import type { HeaderField } from '../handshake.js'
import type { Probe } from '../probe.js'
import type { HandshakeCase } from '../wire-case.js'
import type { HandshakeJudge } from './handshake-verdicts.js'

/** Changes the fields of a valid handshake. */
export type Change = (fields: HeaderField[], probe: Probe) => readonly HeaderField[]

/** A handshake case in short. */
export interface HandshakePlan {
  readonly title: string
  readonly expectation: string
  readonly judge: HandshakeJudge
  readonly change?: Change
  readonly requestLine?: (probe: Probe) => string
  readonly body?: (probe: Probe) => Buffer
  readonly chopBytes?: number
}

/** Numbers the cases of one section. */
export function handshakeSection(
  number: number,
  chapter: string,
  plans: readonly HandshakePlan[],
): HandshakeCase[] {
  return plans.map(({ title, expectation, judge, change, requestLine, body, chopBytes }, index) => ({
    kind: 'handshake',
    id: `H.${number}.${index + 1}`,
    chapter: `H.${number} Handshake: ${chapter}`,
    title,
    expectation,
    async run(probe) {
      const options = {
        ...(requestLine === undefined ? {} : { requestLine: requestLine(probe) }),
        ...(body === undefined ? {} : { body: body(probe) }),
        ...(chopBytes === undefined ? {} : { chopBytes }),
      }
      const exchange = await probe.handshake((fields) => change?.(fields, probe) ?? fields, options)
      return judge(exchange, probe)
    },
  }))
}

/** Replaces the value of a field. */
export function withField(name: string, value: string): Change {
  return (fields) => fields.map((field): HeaderField => (field[0] === name ? [name, value] : field))
}

/** Leaves a field out. */
export function without(name: string): Change {
  return (fields) => fields.filter(([field]) => field !== name)
}

/** Adds fields behind the others. */
export function plus(...more: readonly HeaderField[]): Change {
  return (fields) => [...fields, ...more]
}
