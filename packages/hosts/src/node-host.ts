import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { createNodeAdapter } from '@echosession/node'
import { engineOf, type Host, listening, ownCertificate, type Setup } from './host.js'

/** Creates the server for a request listener. */
export function createAnyServer(secure: boolean, listener: RequestListener) {
  return secure ? createSecureServer(ownCertificate(), listener) : createServer(listener)
}

/** Bare node:http, with middleware as a function around the listener. */
export async function mountOnNode(setup: Setup): Promise<Host> {
  const { before, secure = false } = setup
  const sessions = engineOf(setup)
  const { prefix = '' } = setup
  const routes = Object.entries(setup.routes).map(([path, definition]) => [`${prefix}${path}`, definition])
  const adapter = createNodeAdapter(sessions, Object.fromEntries(routes))
  const listener: RequestListener = async (request, response) => {
    const own = await before?.({
      path: request.url ?? '/',
      header: (name) => request.headers[name]?.toString(),
      setHeader: (name, value) => response.appendHeader(name, value),
    })
    if (own === undefined) adapter.listener(request, response)
    else response.writeHead(own.status).end(own.body)
  }
  const server = createAnyServer(secure, before === undefined ? adapter.listener : listener)
  const attachment = adapter.attach(server, before === undefined ? undefined : listener)
  const port = await listening(server)
  return { port, secure, sessions, server, close: () => attachment.close() }
}
