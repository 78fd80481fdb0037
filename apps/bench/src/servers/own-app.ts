import {
  createSessions,
  defineSession,
  reject,
  type SessionDefinition,
  type Sessions,
} from '@echosession/core'
import { formatSaid, readSay } from './chat-message.js'
import { verify } from './guard.js'
import type { App, ServerPlan } from './server-plan.js'

const echo = defineSession({
  message(session, message) {
    session.send(message)
  },
})

const guarded = defineSession({
  async authorize(request) {
    return (await verify(request.cookies.token)) ?? reject(401)
  },
  message(session, message) {
    session.send(message)
  },
})

/** The engine for a plan, on its default options but for what the plan asks for. */
export function createEngine({ deflate, heartbeatMs }: ServerPlan): Sessions {
  return createSessions({
    ...(deflate ? { compression: true } : {}),
    ...(heartbeatMs === 0 ? {} : { heartbeatIntervalMs: heartbeatMs }),
  })
}

/** The handler of an app, as a user writes it. */
export function defineApp(app: App, sessions: Sessions): SessionDefinition<unknown, unknown> {
  if (app === 'guarded') return guarded
  if (app === 'broadcast') {
    return defineSession({
      message(_session, message) {
        sessions.broadcast(message)
      },
    })
  }
  if (app === 'chat') {
    return defineSession({
      async open(session) {
        await session.join(session.request.query.get('room') ?? 'lobby')
      },
      message(_session, message) {
        const say = readSay(message.json())
        if (say !== undefined) sessions.to(say.room).send(formatSaid(say))
      },
    })
  }
  return echo
}
