import {
  defineSession,
  type EchoSession,
  reject,
  type SessionDefinition,
  type Sessions,
} from '@echosession/core'
import { ChatError, readChatLine, readName, readRoom } from './chat-line.js'

/** What a server says, one JSON object in each text message. */
export type ChatEvent =
  | { readonly type: 'join' | 'leave'; readonly name: string; readonly time: string }
  | { readonly type: 'message'; readonly name: string; readonly text: string; readonly time: string }
  /** Who is in the room, for one who has come in. */
  | {
      readonly type: 'presence'
      readonly name: string
      readonly names: readonly string[]
      readonly time: string
    }
  | { readonly type: 'error'; readonly error: string; readonly time: string }

type Untimed<Event> = Event extends unknown ? Omit<Event, 'time'> : never

function write(event: Untimed<ChatEvent>): string {
  return JSON.stringify({ ...event, time: new Date().toISOString() })
}

/**
 * Makes the chat that every demo mounts at `/chat/:room`. A client is named by `?name=`, or by a first line that says
 * hello; what it says wrong is answered, and costs it nothing more.
 */
export function createChat(sessions: Sessions): SessionDefinition {
  const names = new Map<EchoSession, string>()

  const enter = async (session: EchoSession, name: string) => {
    const room = roomOf(session)
    if (!(await session.join(room))) return
    names.set(session, name)
    session.to(room).send(write({ type: 'join', name }))
    const present = [...sessions.to(room)].flatMap((member) => names.get(member) ?? [])
    session.send(write({ type: 'presence', name, names: present.sort() }))
  }

  const hear = async (session: EchoSession, message: Parameters<typeof readChatLine>[0]) => {
    const line = readChatLine(message)
    const name = names.get(session)
    if (line.type === 'hello') {
      if (name !== undefined) throw new ChatError(`You are ${name} already.`)
      await enter(session, line.name)
    } else if (name === undefined) {
      throw new ChatError('Say who you are first: {"type":"hello","name":"…"}.')
    } else sessions.to(roomOf(session)).send(write({ type: 'message', name, text: line.text }))
  }

  return defineSession({
    authorize({ params, query }) {
      try {
        readRoom(params.room)
        if (query.has('name')) readName(query.get('name'))
      } catch (error) {
        if (error instanceof ChatError) reject(400, { body: `${error.message}\n` })
        throw error
      }
    },
    async open(session) {
      const name = session.request.query.get('name')
      if (name !== null) await enter(session, readName(name))
    },
    async message(session, message) {
      try {
        await hear(session, message)
      } catch (error) {
        if (!(error instanceof ChatError)) throw error
        session.send(write({ type: 'error', error: error.message }))
      }
    },
    close(session) {
      const name = names.get(session)
      names.delete(session)
      if (name !== undefined) sessions.to(roomOf(session)).send(write({ type: 'leave', name }))
    },
  })
}

function roomOf({ request }: EchoSession): string {
  return readRoom(request.params.room)
}
