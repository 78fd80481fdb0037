import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createSessions,
  defineSession,
  type EchoSession,
  reject,
  type SessionDefinition,
  type SessionRequest,
  type Sessions,
} from '../dist/index.js'
import { connect } from '../dist/memory/index.js'
import { memoryRequestSource } from '../dist/memory/memory-request.js'

// Most of this file is proved by compiling it. What must not compile is written as a type that would be `never`.

interface User {
  readonly user: string
}

interface ExpressContext {
  readonly req: { readonly app: string }
}

interface KoaContext {
  readonly ctx: { readonly state: string }
}

type Equals<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
type PrincipalOf<D> = D extends SessionDefinition<infer P, never> ? P : 'none'
type Assignable<From, To> = [From] extends [To] ? true : false

/** Compiles only for a type that is `true`. */
function holds<Claim extends true>(claim: Claim): void {
  assert.equal(claim, true)
}

function refuses<Claim extends false>(claim: Claim): void {
  assert.equal(claim, false)
}

/** As an adapter's `upgrade`. */
function upgrade<Principal>(
  definition: SessionDefinition<Principal, ExpressContext>,
): SessionDefinition<Principal, ExpressContext> {
  return definition
}

test('the principal is what authorize returns, in callbacks', () => {
  const sync = defineSession({
    authorize: () => ({ user: 'a' }),
    message(session) {
      session.send(session.principal.user)
    },
  })
  holds<Equals<PrincipalOf<typeof sync>, { user: string }>>(true)
  const later = defineSession({
    async authorize(request) {
      return request.cookies.token === undefined ? reject(401) : { user: 'a' }
    },
    open: (session) => session.send(session.principal.user),
    close(session, event) {
      assert.ok(session.principal.user + event.reason)
    },
  })
  holds<Equals<PrincipalOf<typeof later>, { user: string }>>(true)
  const either = defineSession({
    authorize: (request) => request.cookies.user ?? reject(401),
    message: (session) => session.send(session.principal.toUpperCase()),
  })
  holds<Equals<PrincipalOf<typeof either>, string>>(true)
})

test('the principal is what authorize returns, in a read loop', () => {
  const sync = defineSession(
    async (session) => {
      for await (const message of session) session.send(session.principal.user + message.text())
    },
    { authorize: () => ({ user: 'a' }) },
  )
  holds<Equals<PrincipalOf<typeof sync>, { user: string }>>(true)
  const later = defineSession((session) => session.send(session.principal.user), {
    authorize: async (request: SessionRequest) => ({ user: request.path }),
    subprotocols: ['a'],
  })
  holds<Equals<PrincipalOf<typeof later>, { user: string }>>(true)
})

test('without authorize the principal is unknown, and the context with it', () => {
  const definition = defineSession({
    message(session) {
      holds<Equals<typeof session, EchoSession<unknown, unknown>>>(true)
    },
  })
  holds<Equals<typeof definition, SessionDefinition<unknown, unknown>>>(true)
})

test('a definition of any principal goes where none in particular is wanted, by variance alone', () => {
  holds<Assignable<SessionDefinition<User>, SessionDefinition>>(true)
  holds<Assignable<SessionDefinition<User, ExpressContext>, SessionDefinition<unknown, ExpressContext>>>(true)
  holds<Assignable<SessionDefinition<User, ExpressContext>, SessionDefinition<unknown, never>>>(true)
  refuses<Assignable<SessionDefinition, SessionDefinition<User>>>(false)
})

test('a definition that needs no context goes to every host, one that needs a host’s goes to that host', () => {
  holds<Assignable<SessionDefinition<User, unknown>, SessionDefinition<unknown, ExpressContext>>>(true)
  holds<Assignable<SessionDefinition<User, unknown>, SessionDefinition<unknown, KoaContext>>>(true)
  refuses<Assignable<SessionDefinition<User, ExpressContext>, SessionDefinition<unknown, KoaContext>>>(false)
  refuses<Assignable<SessionDefinition<User, ExpressContext>, SessionDefinition<unknown, unknown>>>(false)
})

test('an adapter takes definitions of both forms, and gives them the type of its context', () => {
  const anywhere = defineSession({ authorize: () => ({ user: 'a' }), message() {} })
  const loop = defineSession(async (session) => void session.send(session.principal.user), {
    authorize: () => ({ user: 'a' }),
  })
  const express = defineSession<User, ExpressContext>({
    authorize: (_, { context }) => ({ user: context.req.app }),
    open: (session) => session.send(session.context.req.app + session.principal.user),
  })
  assert.equal(upgrade(anywhere), anywhere)
  assert.equal(upgrade(loop), loop)
  assert.equal(upgrade(express), express)
  const inline = upgrade(
    defineSession({
      open(session) {
        session.send(session.context.req.app)
      },
    }),
  )
  assert.equal(typeof inline.handler.open, 'function')
})

test('admit and connect take any definition, with the context that it needs', async () => {
  const sessions: Sessions = createSessions()
  const source = memoryRequestSource({})
  const express = defineSession<User, ExpressContext>({ authorize: () => ({ user: 'a' }) })
  const anywhere = defineSession({ authorize: () => ({ user: 'a' }) })
  const context: ExpressContext = { req: { app: 'a' } }
  for (const attempt of [
    sessions.admit(express, source, context),
    sessions.admit(anywhere, source),
    sessions.admit(anywhere, source, context),
  ]) {
    attempt.abandon()
  }
  const client = await connect(express, { sessions, context })
  client.terminate()
  const other = await connect(anywhere, { sessions })
  other.terminate()
})
