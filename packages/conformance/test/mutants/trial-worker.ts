import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type * as Conformance from '@echosession/conformance'
import type { Report, RunOptions, Target } from '@echosession/conformance'
import type * as Core from '@echosession/core'
import type { TrialRequest, TrialResult } from './trial.js'

/** As much of the node binding as the trial needs; the copy in the folder is the one that is judged. */
interface NodeModule {
  createNodeAdapter(
    sessions: Core.Sessions,
    routes: Record<string, unknown>,
  ): {
    readonly listener: RequestListener
    attach(server: Server, listener: RequestListener): { detach(): void }
  }
}

async function load<Module>(folder: string, name: string): Promise<Module> {
  const path = join(folder, 'node_modules', '@echosession', name, 'dist', 'index.js')
  return (await import(pathToFileURL(path).href)) as Module
}

async function createNodeTarget(folder: string): Promise<Target> {
  const { createSessions } = await load<typeof Core>(folder, 'core')
  const { createNodeAdapter } = await load<NodeModule>(folder, 'node')
  return {
    name: 'node',
    capabilities: {
      network: true,
      http: true,
      middleware: true,
      server: true,
      ping: true,
      pause: true,
      unfinished: true,
      compression: true,
    },
    async mount(definition, options, { middleware }) {
      const sessions = createSessions(options)
      const adapter = createNodeAdapter(sessions, { '/ws': definition })
      const listener: RequestListener = (request, response) => {
        const own = middleware?.({
          header: (name) => request.headers[name]?.toString(),
          setHeader: (name, value) => void response.appendHeader(name, value),
        })
        if (own === undefined) adapter.listener(request, response)
        else response.writeHead(own.status).end(own.body)
      }
      const server = createServer(listener)
      const attachment = adapter.attach(server, listener)
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      return {
        sessions,
        server,
        url: `ws://127.0.0.1:${port}/ws`,
        async close() {
          for (const session of sessions) session.terminate()
          attachment.detach()
          server.closeAllConnections()
          server.close()
        },
      }
    },
  }
}

async function play({ folder, suite, target }: TrialRequest, options: RunOptions): Promise<Report> {
  const { CLAUSES, run, runLog, runRelay, ...targets } = await load<typeof Conformance>(folder, 'conformance')
  if (suite === 'relay') return runRelay(targets.createMemoryRelayTarget(), options)
  if (suite === 'log') return runLog(targets.createMemoryLogTarget(), options)
  return run(
    CLAUSES,
    target === 'memory' ? targets.createMemoryTarget() : await createNodeTarget(folder),
    options,
  )
}

async function judge(request: TrialRequest): Promise<TrialResult> {
  const { only, patience } = request
  const accepts = only === undefined ? undefined : (id: string) => only.includes(id)
  const report = await play(request, { patience, ...(accepts === undefined ? {} : { only: accepts }) })
  return Object.fromEntries(
    report.cases
      .filter(({ verdict }) => verdict === 'fail')
      .map(({ id, note = 'no reason' }): [string, string] => [id, note]),
  )
}

// An error that a mutant lets loose between two cases is the mutant's, not the worker's.
process.on('uncaughtException', () => {})
process.on('unhandledRejection', () => {})
process.on('message', (request: TrialRequest) => {
  void judge(request).then((result) => process.send?.(result))
})
