import {
  defineSession,
  type EchoSession,
  type Message,
  type PresenceMember,
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

function nameOf({ info }: PresenceMember): string {
  return typeof info === 'string' ? info : ''
}

function roomOf({ request }: EchoSession): string {
  return readRoom(request.params.room)
}

/**
 * Makes the chat that every demo mounts at `/chat/:room`. A client is named by `?name=`, or by a first line that says
 * hello; what it says wrong is answered, and costs it nothing more. Through a relay the room is one over all processes.
 */
export function createChat(sessions: Sessions): SessionDefinition {
  const { presence } = sessions
  /** Those who are in a room and know who else is. */
  const names = new Map<EchoSession, string>()

  // Each process tells its own: presence has told it of everyone.
  presence.watch(({ room, kind, member }) => {
    if (kind === 'update') return
    const others = sessions
      .to(room)
      .where((session) => names.has(session) && presence.idOf(session) !== member.id)
    others.send(write({ type: kind, name: nameOf(member) }))
  })

  const enter = async (session: EchoSession, name: string) => {
    const room = roomOf(session)
    if (!(await presence.enter(session, room, name))) return
    names.set(session, name)
    session.send(write({ type: 'presence', name, names: presence.list(room).map(nameOf).sort() }))
  }

  const hear = async (session: EchoSession, message: Message) => {
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
      names.delete(session)
    },
  })
}
