import type { SessionDefinition, Sessions } from '@echosession/core'
import { NodeBinding, type PathParams } from '@echosession/node'
import type { Lifecycle, Request, Server } from '@hapi/hapi'

/** Sessions on Hapi. `session.context` is the Hapi request. */
export interface HapiAdapter {
  /** Makes the handler of a session's GET route. Everything that Hapi runs before a handler runs before the 101. */
  upgrade<Principal>(definition: SessionDefinition<Principal, Request>): Lifecycle.Method
  /** Takes the upgrades of a server; its own `stop` drains the sessions. */
  attach(server: Server): void
}

/** Mounts sessions on Hapi 21. */
export function createHapiAdapter(sessions: Sessions): HapiAdapter {
  const binding = new NodeBinding(sessions)
  return {
    upgrade: (definition) => async (request, h) => {
      const params = request.params as PathParams
      const answer = await binding.admit(request.raw.req, definition as SessionDefinition, params, request)
      if (answer.accepted) return h.response().code(101)
      const response = h.response(answer.body).code(answer.status).type('text/plain; charset=utf-8')
      for (const [name, value] of Object.entries(answer.headers)) response.header(name, value)
      return response
    },
    attach(server) {
      const { listener } = server
      const attachment = binding.attach(listener, (request, response) =>
        listener.emit('request', request, response),
      )
      server.ext('onPreStop', async () => {
        await binding.drain()
        attachment.detach()
      })
    },
  }
}
