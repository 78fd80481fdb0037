import { createServer } from 'node:http'
import crossws from 'crossws/adapters/node'
import { relaySay } from './chat-message.js'
import { admit } from './guard.js'
import { listen } from './listen.js'
import type { StartServer } from './server-plan.js'
import { serverOptions } from './web-socket-app.js'

const TOPIC = 'all'

/** node:http with crossws, its own topics and its own heartbeat. */
export const startCrossws: StartServer = async (plan) => {
  const { app, heartbeatMs } = plan
  const adapter = crossws({
    serverOptions: serverOptions(plan),
    ...(heartbeatMs === 0 ? {} : { idleTimeout: heartbeatMs / 1000 }),
    hooks: {
      async upgrade(request) {
        if (app !== 'guarded') return
        if (!(await admit(new URL(request.url).pathname, (name) => request.headers.get(name) ?? '')))
          throw new Response(null, { status: 401 })
      },
      open(peer) {
        if (app === 'broadcast' || app === 'chat') peer.subscribe(TOPIC)
      },
      message(peer, message) {
        if (app === 'broadcast') adapter.publish(TOPIC, message.rawData)
        else if (app === 'chat') {
          const said = relaySay(message.text())
          if (said !== undefined) adapter.publish(TOPIC, said)
        } else peer.send(message.rawData)
      },
    },
  })
  const server = createServer()
  server.on('upgrade', adapter.handleUpgrade)
  return listen(server, plan.port)
}
