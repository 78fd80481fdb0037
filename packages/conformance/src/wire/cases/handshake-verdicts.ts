import { faultOfResponse, fieldValue, hasToken } from '../handshake.js'
import type { Exchange, Probe } from '../probe.js'
import type { Outcome } from '../wire-case.js'

/** Judges what came back for a request. */
export type HandshakeJudge = (exchange: Exchange, probe: Probe) => Outcome | Promise<Outcome>

/** How the request of a case ended, in words. */
export function describeExchange({ response, ended }: Exchange): string {
  if (response !== undefined) return `answered with ${response.status} ${response.statusText}`.trim()
  return ended ? 'TCP ended without an answer' : 'no answer came'
}

function failed(exchange: Exchange, expected: string): Outcome {
  return { verdict: 'FAILED', note: `${describeExchange(exchange)}; expected ${expected}` }
}

function isClientError(status: number): boolean {
  return status >= 400 && status < 500
}

/** The handshake must succeed, and the answer must be right in every field (RFC 6455 section 4.2.2). */
export const mustAccept: HandshakeJudge = (exchange) => {
  if (exchange.response === undefined) return failed(exchange, '101')
  const fault = faultOfResponse(exchange.response, exchange.key)
  if (fault !== undefined) return { verdict: 'FAILED', note: fault }
  const { fields } = exchange.response
  const forbidden = ['content-length', 'transfer-encoding'].find(
    (name) => fieldValue(fields, name) !== undefined,
  )
  if (forbidden !== undefined) {
    return { verdict: 'NON-STRICT', note: `${forbidden} must not stand in a 101 (RFC 9110 section 8.6)` }
  }
  return { verdict: 'OK' }
}

/**
 * The handshake must be refused.
 *
 * @param best - the statuses that are right; any other of 4xx, and the end of TCP, is not strict
 * @param acceptedIs - what it comes to when the server accepts all the same
 */
export function mustRefuse(
  best: readonly number[],
  acceptedIs: Outcome['verdict'] = 'FAILED',
): HandshakeJudge {
  return (exchange) => {
    const { response } = exchange
    const expected = best.join(' or ')
    if (response === undefined) {
      return exchange.ended
        ? { verdict: 'NON-STRICT', note: `TCP ended without an answer; ${expected} tells what is wrong` }
        : failed(exchange, expected)
    }
    if (best.includes(response.status)) return { verdict: 'OK', note: describeExchange(exchange) }
    if (response.status === 101)
      return { verdict: acceptedIs, note: `accepted with 101; expected ${expected}` }
    if (isClientError(response.status) || response.status === 501 || response.status === 505) {
      return { verdict: 'NON-STRICT', note: `${describeExchange(exchange)}; ${expected} says it better` }
    }
    return failed(exchange, expected)
  }
}

/** A version that nobody speaks: 426 with the versions that are spoken (RFC 6455 sections 4.2.2 and 4.4). */
export function mustNameVersions(acceptedIs: Outcome['verdict']): HandshakeJudge {
  return (exchange) => {
    const { response } = exchange
    const expected = '426 with Sec-WebSocket-Version: 13'
    if (response === undefined) return failed(exchange, expected)
    if (response.status === 101)
      return { verdict: acceptedIs, note: `accepted with 101; expected ${expected}` }
    const names = hasToken(fieldValue(response.fields, 'sec-websocket-version'), '13')
    if (response.status === 426 && names) return { verdict: 'OK' }
    if (response.status === 400 && names) {
      return { verdict: 'NON-STRICT', note: '400 with the versions; 426 is the status for it' }
    }
    if (isClientError(response.status)) {
      return {
        verdict: 'FAILED',
        note: `${describeExchange(exchange)} without Sec-WebSocket-Version; expected ${expected}`,
      }
    }
    return failed(exchange, expected)
  }
}

/** A method that is not GET: 405 with `Allow` (RFC 9110 section 15.5.6). */
export const mustRefuseMethod: HandshakeJudge = (exchange, probe) => {
  const { response } = exchange
  if (response?.status === 405 && fieldValue(response.fields, 'allow') === undefined) {
    return { verdict: 'NON-STRICT', note: '405 without Allow (RFC 9110 section 15.5.6)' }
  }
  // Any answer but 101 is one: the route may do something else for another method.
  if (response !== undefined && response.status >= 200 && response.status < 400) {
    return { verdict: 'NON-STRICT', note: `${describeExchange(exchange)}; 405 says it better` }
  }
  return mustRefuse([405])(exchange, probe)
}

/** Whatever it is, it must be answered without an error of the server, and the server must go on. */
export const mustSurvive: HandshakeJudge = async (exchange, probe) => {
  const { response } = exchange
  if (!(await probe.isServing())) {
    return {
      verdict: 'FAILED',
      note: `${describeExchange(exchange)}; afterwards the target serves nobody any more`,
    }
  }
  if (response === undefined) {
    return exchange.ended
      ? { verdict: 'NON-STRICT', note: 'TCP ended without an answer; 400 or 404 tells what is wrong' }
      : failed(exchange, 'an answer')
  }
  if (response.status >= 500 && response.status !== 501 && response.status !== 505)
    return failed(exchange, 'no 5xx')
  return { verdict: 'OK', note: describeExchange(exchange) }
}

/** Only records what the server does, if it does anything. */
export const onlyRecord: HandshakeJudge = (exchange) => {
  if (exchange.response === undefined && !exchange.ended) return failed(exchange, 'an answer')
  return { verdict: 'INFORMATIONAL', note: describeExchange(exchange) }
}

/** The handshake may be refused; when it is accepted, the answer must not carry a field. */
export function mustNotAnswerWith(name: string): HandshakeJudge {
  return async (exchange, probe) => {
    const { response } = exchange
    if (response?.status !== 101) return mustSurvive(exchange, probe)
    const value = fieldValue(response.fields, name)
    if (value !== undefined)
      return { verdict: 'FAILED', note: `${name}: ${value} answers what was not offered` }
    return mustAccept(exchange, probe)
  }
}
