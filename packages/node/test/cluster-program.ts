// A small clustered program that a test commands: the primary passes on what the test and the workers say to each other.
import cluster from 'node:cluster'
import type { RelayLink, RelaySink } from '@echosession/core'
import { type ClusterRelayServer, createClusterRelay, serveClusterRelay } from '../dist/index.js'
import type { Command, Report } from './cluster-stage.js'

const errorOf = (error: unknown) => {
  const { message, code } = error as Error & { code?: string }
  return { message, code }
}

function runPrimary(serialization: 'json' | 'advanced'): void {
  let server: ClusterRelayServer | undefined
  const report = (message: Report) => process.send?.(message)
  cluster.setupPrimary({ serialization, args: [] })
  cluster.on('message', (_worker, message: unknown) => {
    if (typeof message === 'object' && message !== null && 'report' in message) report(message as Report)
  })
  cluster.on('exit', ({ id }, code, signal) =>
    report({ report: 'event', worker: id, event: `exit ${signal ?? code}` }),
  )
  const commands: Record<string, (...args: readonly unknown[]) => unknown> = {
    serve: (maxQueuedBytes) => {
      server = serveClusterRelay(
        maxQueuedBytes === undefined ? {} : { maxQueuedBytes: maxQueuedBytes as number },
      )
    },
    unserve: () => server?.close(),
    fork: async () => {
      const worker = cluster.fork()
      // Nothing is sent to a worker before it listens.
      await new Promise((resolve) => worker.once('message', resolve))
      return { id: worker.id, pid: worker.process.pid }
    },
    disconnect: (id) => cluster.workers?.[id as number]?.disconnect(),
    sendToAll: (message) => {
      for (const worker of Object.values(cluster.workers ?? {})) worker?.send(message as object)
    },
    createRelay: () => void createClusterRelay(),
  }
  process.on('message', (command: Command) => {
    if (command.to === 0) void run(commands, command, report)
    else cluster.workers?.[command.to]?.send(command)
  })
  process.once('disconnect', () => process.exit())
}

function runWorker(): void {
  const worker = cluster.worker?.id ?? 0
  const links: RelayLink[] = []
  // With a callback, since a worker that is disconnected has something to report too.
  const report = (message: Report) => process.send?.(message, undefined, undefined, () => {})
  const linkOf = (index: unknown) => links[index as number] as RelayLink
  const commands: Record<string, (...args: readonly unknown[]) => unknown> = {
    open: (prefix) => {
      const tell = (event: string) => report({ report: 'event', worker, event: `${index} ${event}` })
      const sink: RelaySink = {
        received: (channel, payload) => {
          const text = Buffer.from(payload).toString('latin1')
          tell(`${channel} ${text.length > 1_000 ? `of ${text.length}` : text}`)
        },
        up: () => tell('up'),
        down: (error) => tell(`down: ${errorOf(error).message}`),
        failed: (stage, error) => tell(`failed ${stage}: ${errorOf(error).message}`),
      }
      const relay = createClusterRelay(prefix === undefined ? {} : { prefix: prefix as string })
      const index = links.push(relay.open(sink)) - 1
      return index
    },
    subscribe: (link, channel) => linkOf(link).subscribe(channel as string),
    unsubscribe: (link, channel) => linkOf(link).unsubscribe(channel as string),
    publish: (link, channel, ...texts) =>
      Promise.all(
        texts.map((text) => linkOf(link).publish(channel as string, Buffer.from(text as string, 'latin1'))),
      ).then(() => {}),
    publishBytes: async (link, channel, count, bytes) => {
      for (let sent = 0; sent < (count as number); sent++) {
        await linkOf(link).publish(channel as string, new Uint8Array(bytes as number))
      }
    },
    // What becomes of messages that are published all the while, without the primary's help.
    publishFor: async (link, channel, ms) => {
      const outcomes = new Set<string>()
      const until = performance.now() + (ms as number)
      while (performance.now() < until) {
        const published = linkOf(link).publish(channel as string, Buffer.from('tick'))
        published.then(
          () => outcomes.add('taken'),
          (error) => outcomes.add(errorOf(error).message),
        )
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      return [...outcomes]
    },
    close: (link) => linkOf(link).close(),
    sendToPrimary: (message) => void process.send?.(message),
    serve: () => void serveClusterRelay(),
  }
  process.on('message', (message: unknown) => {
    if (typeof message === 'object' && message !== null && 'call' in message) {
      void run(commands, message as Command, report)
    }
  })
  process.send?.('listening')
}

async function run(
  commands: Record<string, (...args: readonly unknown[]) => unknown>,
  { call, name, args }: Command,
  report: (message: Report) => void,
): Promise<void> {
  try {
    report({ report: 'answer', call, value: await commands[name]?.(...args) })
  } catch (error) {
    report({ report: 'answer', call, error: errorOf(error) })
  }
}

if (cluster.isPrimary) runPrimary(process.argv[2] === 'advanced' ? 'advanced' : 'json')
else runWorker()
