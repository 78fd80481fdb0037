import { defineSession } from '@echosession/core'
import { HOSTS, type HostName } from './index.js'

const echo = defineSession({
  message(session, message) {
    session.send(message)
  },
})
const never = defineSession({ authorize: (): Promise<unknown> => new Promise(() => {}) })

// Nothing here ends the process: it has to end when nothing is left.
const [name = 'node'] = process.argv.slice(2)
const host = await HOSTS[name as HostName]({
  routes: { '/ws': echo, '/never': never },
  options: { closeTimeoutMs: 200 },
})
process.once('SIGTERM', async () => {
  await host.close()
  process.disconnect()
})
process.send?.(host.port)
