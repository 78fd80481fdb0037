import type { RelayStand } from '../relay-stand.js'
import type { SessionProcess } from '../session-process.js'

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

/** Waits for what one process answers, from here on, when another asks how far it has come. */
export function answerOf(stand: RelayStand, from: SessionProcess, to: SessionProcess): () => Promise<void> {
  const { published } = from.relay
  const before = published.length
  const answer = () => published.slice(before).find(({ channel }) => channel === 'all')?.payload
  const hasCome = (payload = answer()) =>
    payload !== undefined && to.relay.arrived.some((arrived) => Buffer.from(arrived.payload).equals(payload))
  return () => stand.elapse(hasCome, 'what a process says of itself')
}

/** Two processes that have heard of each other in room x, and have nothing more to tell; and a member of it in the second. */
export async function acquainted(stand: RelayStand) {
  const [a, b] = await stand.startAll(2)
  const answered = answerOf(stand, a, b)
  const there = await b.member('x')
  a.sessions.to('x').send('first')
  await stand.until(() => there.texts.length === 1, 'the first message')
  await answered()
  await stand.advance(SETTLED_MS)
  return { a, b, there }
}
