import type { RelayStand } from '../relay-stand.js'
import type { SessionProcess } from '../session-process.js'
import type { TappedRelay } from '../tapped-relay.js'

/** Whether a channel is that of room x. */
export const FOR_X = (channel: string) => channel === 'room:x'
/** How long it takes at most until everybody has been asked, and has answered, and nothing can be on its way any more. */
export const SETTLED_MS = 2_000

/** Sends so many to a room, which are lost without a word. */
export function lose(process: SessionProcess, count: number, room = 'x'): void {
  process.relay.tap = { loses: (channel) => channel === `room:${room}` }
  for (let n = 0; n < count; n++) process.sessions.to(room).send('lost')
  process.relay.tap = {}
}

/** The first payload for every process that names a room, from a place on. */
function naming(payloads: TappedRelay['published'], room: string, from: number): Uint8Array | undefined {
  return payloads
    .slice(from)
    .find(({ channel, payload }) => channel === 'all' && Buffer.from(payload).includes(`room:${room}`))
    ?.payload
}

/** Whether a payload is among those that have come. */
function hasCome(payload: Uint8Array | undefined, { arrived }: TappedRelay): boolean {
  return payload !== undefined && arrived.some((each) => Buffer.from(each.payload).equals(payload))
}

/**
 * Waits for what one process answers when another asks, from here on, how far it has come in a room. What it answers to
 * earlier questions may still come between.
 */
export function answerOf(
  stand: RelayStand,
  from: SessionProcess,
  to: SessionProcess,
  room: string,
): () => Promise<void> {
  const [answers, questions] = [from.relay, to.relay]
  const asked = questions.published.length
  return async () => {
    await stand.elapse(() => hasCome(naming(questions.published, room, asked), answers), 'the question')
    // Questions are gathered before they are answered.
    const answered = answers.published.length
    await stand.elapse(() => hasCome(naming(answers.published, room, answered), questions), 'the answer')
  }
}

/** Two processes that have heard of each other in room x, and have nothing more to tell; and a member of it in the second. */
export async function acquainted(stand: RelayStand) {
  const [a, b] = await stand.startAll(2)
  const there = await b.member('x')
  a.sessions.to('x').send('first')
  await stand.until(() => there.texts.length === 1, 'the first message')
  await stand.advance(SETTLED_MS)
  return { a, b, there }
}
