// The relay suite over the cluster relay: a worker is all processes of the suite, and its primary the engine.
import cluster from 'node:cluster'
import { type RelayTarget, runRelay } from '@echosession/conformance'
import { type ClusterRelayServer, createClusterRelay, serveClusterRelay } from '../dist/index.js'

function runPrimary(): void {
  let server: ClusterRelayServer | undefined
  cluster.setupPrimary({ serialization: process.argv[2] === 'advanced' ? 'advanced' : 'json', args: [] })
  const worker = cluster.fork()
  worker.on('message', (message: unknown) => {
    if (message === 'serve') server = serveClusterRelay()
    else if (message === 'unserve') server?.close()
    else return
    worker.send('done')
  })
  worker.once('exit', (code) => process.exit(code))
}

function ask(what: 'serve' | 'unserve'): Promise<void> {
  return new Promise((resolve) => {
    const listener = (message: unknown) => {
      if (message !== 'done') return
      process.off('message', listener)
      resolve()
    }
    process.on('message', listener)
    process.send?.(what)
  })
}

let engines = 0

const target: RelayTarget = {
  name: 'cluster',
  capabilities: { network: true, client: false, interrupt: true, freeze: true, cut: false },
  async create() {
    await ask('serve')
    const prefix = `engine ${engines++}`
    return {
      join: async () => ({ relay: createClusterRelay({ prefix }) }),
      interrupt: () => ask('unserve'),
      restore: () => ask('serve'),
      freeze: async () => void process.kill(process.ppid, 'SIGSTOP'),
      thaw: async () => void process.kill(process.ppid, 'SIGCONT'),
      close: () => ask('unserve'),
    }
  },
}

if (cluster.isPrimary) runPrimary()
else {
  const { cases } = await runRelay(target)
  process.stdout.write(JSON.stringify(cases), () => cluster.worker?.disconnect())
}
