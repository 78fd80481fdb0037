import type { Answer } from './connection.js'
import { measurePayload, type Payload, showMilliseconds } from './payload.js'

const NUMBERS = ['none', 'one', 'two', 'three', 'four', 'five']

function count(number: number): string {
  return NUMBERS[number] ?? String(number)
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Sums up in one sentence what came back for a message. */
export function describeRound(payload: Payload, answers: readonly (Answer | undefined)[]): string {
  const came = answers.filter((answer) => answer !== undefined)
  const same = came.filter((answer) => answer.isSame)
  if (came.length === 0) return 'No server answered: the connections ended before that.'
  const times = came.map((answer) => answer.rttMs)
  const [least, most] = [Math.min(...times), Math.max(...times)].map(showMilliseconds)
  const took = least === most ? `in ${least}` : `in ${least} to ${most}`
  const what = measurePayload(payload)
  if (same.length < came.length) {
    return `${capital(count(came.length - same.length))} of ${count(answers.length)} answered something else than what was sent (${what}).`
  }
  if (came.length < answers.length) {
    return `${capital(count(came.length))} of ${count(answers.length)} sent back what was sent (${what}), ${took}; the others ended before that.`
  }
  if (came.length === 1) return `The server sent back exactly what was sent (${what}), ${took}.`
  return `All ${count(came.length)} sent back exactly what was sent (${what}), ${took}.`
}
