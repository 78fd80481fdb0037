import { createServer, type RequestListener } from 'node:http'
import { createNodeAdapter } from '@echosession/node'
import { countRequest, nameRequest, pickLanguage } from './guard.js'
import { listen } from './listen.js'
import { createEngine, defineApp } from './own-app.js'
import type { StartServer } from './server-plan.js'

/** EchoSession on bare node:http. */
export const startOnNode: StartServer = async (plan) => {
  const sessions = createEngine(plan)
  const adapter = createNodeAdapter(sessions, { '/ws': defineApp(plan.app, sessions) })
  const listener: RequestListener = (request, response) => {
    nameRequest()
    countRequest(request.url)
    pickLanguage(request.headers['accept-language'])
    adapter.listener(request, response)
  }
  const outer = plan.app === 'guarded' ? listener : adapter.listener
  const server = createServer(outer)
  adapter.attach(server, outer)
  return listen(server, plan.port)
}
