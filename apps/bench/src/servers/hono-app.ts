import type { Hono } from 'hono'
import { relaySay } from './chat-message.js'
import { countRequest, nameRequest, pickLanguage, verifyCookie } from './guard.js'
import type { App } from './server-plan.js'

/** What the handlers of Hono get to send with. */
export interface HonoSocket {
  readonly readyState: number
  send(data: string | ArrayBuffer | Uint8Array<ArrayBuffer>): void
}

type Data = string | ArrayBuffer | Uint8Array<ArrayBuffer>

const OPEN = 1

/** A Hono app with what its middlewares find out. */
export type GuardedHono = Hono<{ Variables: { id: string; language: string } }>

/** Puts three middlewares in front of a Hono app. */
export function useMiddleware(app: GuardedHono): void {
  app.use(async (c, next) => {
    c.set('id', nameRequest())
    await next()
  })
  app.use(async (c, next) => {
    countRequest(c.req.path)
    await next()
  })
  app.use(async (c, next) => {
    c.set('language', pickLanguage(c.req.header('accept-language')))
    await next()
  })
}

/** Puts the three middlewares and the check in front of a Hono app. */
export function useGuard(app: GuardedHono): void {
  useMiddleware(app)
  app.use(async (c, next) => ((await verifyCookie(c.req.header('cookie'))) ? next() : c.body(null, 401)))
}

/** The handlers of one connection, as Hono's documentation shows them; it has no list of its clients. */
export function createHonoApp(app: App): () => {
  onOpen(event: unknown, socket: HonoSocket): void
  onMessage(event: { readonly data: unknown }, socket: HonoSocket): void
  onClose(event: unknown, socket: HonoSocket): void
} {
  const clients = new Set<HonoSocket>()
  const toAll = (data: Data) => {
    for (const client of clients) if (client.readyState === OPEN) client.send(data)
  }
  return () => {
    let own: HonoSocket | undefined
    return {
      onOpen(_event, socket) {
        own = socket
        clients.add(socket)
      },
      onMessage({ data }, socket) {
        if (app === 'broadcast') toAll(data as Data)
        else if (app === 'chat') {
          const said = relaySay(String(data))
          if (said !== undefined) toAll(said)
        } else socket.send(data as Data)
      },
      onClose() {
        if (own !== undefined) clients.delete(own)
      },
    }
  }
}
