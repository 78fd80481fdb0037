import { createServer } from 'node:http'
import { defineSession, reject } from '@echosession/core'
import { createNodeAdapter } from '@echosession/node'
import { createChat, defineDemo, echo, SERVER_OPTIONS } from 'demo-kit'

/** Starts the echo and the chat on bare node:http. */
export const start = defineDemo('echo-node', (demo) => {
  // Without a framework there is no middleware: the session itself asks for the token.
  const privateEcho = defineSession({
    ...echo.handler,
    authorize({ headers, cookies }) {
      if (!demo.accepts(headers.authorization, cookies.token)) reject(401)
    },
  })

  const chat = createChat(demo.sessions)
  const routes = { '/ws': echo, '/private': privateEcho, '/chat/:room': chat }
  const adapter = createNodeAdapter(demo.sessions, routes, (request, response) => {
    if (request.url === '/') {
      response.setHeader('Content-Type', 'text/plain; charset=utf-8')
      response.end(demo.greeting())
    } else if (request.url === '/healthz') {
      const { status, body } = demo.health()
      response.writeHead(status, { 'Content-Type': 'application/json' })
      response.end(JSON.stringify(body))
    } else {
      response.writeHead(404).end('404 Not Found\n')
    }
  })

  const server = createServer(SERVER_OPTIONS, adapter.listener)
  const { close } = adapter.attach(server)
  return { server, close }
})
