import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSessions, defineSession, EchoSessionError } from '@echosession/core'
import { createNodeAdapter, type NodeContext } from '@echosession/node'

const silent = defineSession({})

test('a route takes a session with any principal, and one that is typed with the host', () => {
  const withPrincipal = defineSession({ authorize: () => ({ user: 'ada' }) })
  const withContext = defineSession<string, NodeContext>({
    authorize: (_request, { context }) => context.request.method ?? '',
    open: (session) => session.send(session.principal + session.context.request.method),
  })
  const asFunction = defineSession<{ user: string }, NodeContext>((session) => session.principal.user, {
    authorize: () => ({ user: 'ada' }),
  })
  const routes = { '/a': withPrincipal, '/b/:id': withContext, '/c': asFunction, '/d': silent }
  assert.equal(typeof createNodeAdapter(createSessions(), routes).listener, 'function')
})

for (const path of ['ws', '', '/a?b', '/:', '/a:b', '/:1', '/#', '/:a-b']) {
  test(`the path ${JSON.stringify(path)} is refused by name`, () => {
    assert.throws(
      () => createNodeAdapter(createSessions(), { [path]: silent }),
      (error) =>
        error instanceof EchoSessionError &&
        error.code === 'ES_ERR_ROUTE' &&
        error.message.includes(JSON.stringify(path)),
    )
  })
}

test('two paths that match the same requests are refused together', () => {
  assert.throws(
    () => createNodeAdapter(createSessions(), { '/rooms/:room': silent, '/rooms/:name': silent }),
    /"\/rooms\/:room" and "\/rooms\/:name"/,
  )
})
