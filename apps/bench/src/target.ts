import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Protocol } from './generator/job.js'
import type { Step } from './pattern.js'

/** A server to measure. */
export interface Target {
  readonly name: string
  readonly title: string
  /** Whether it is one of ours, a peer, or a limit. */
  readonly kind: 'base' | 'own' | 'peer' | 'floor'
  readonly protocol: Protocol
  /** The packages whose versions are listed; `a > b` is the `b` that `a` uses. */
  readonly packages: readonly string[]
  /** The settings that it runs with. */
  readonly options: string
  /** Why it cannot do a step, if so. */
  readonly lacks?: (step: Step) => boolean
}

const README = 'as its README shows'
const README_DEFLATE = `${README}; compression at its README's settings`
const OWN = 'default options'

const withoutHttp = ({ app, deflate = false, load }: Step): boolean =>
  app === 'guarded' || app === 'chat' || deflate || (load.kind === 'connect' && load.connections < 10_000)

/** Every target, raw `ws` first. */
export const TARGETS: readonly Target[] = [
  {
    name: 'ws',
    title: 'raw ws',
    kind: 'base',
    protocol: 'websocket',
    packages: ['ws'],
    options: `${README_DEFLATE}; clients in wss.clients`,
  },
  {
    name: 'node',
    title: 'EchoSession on node:http',
    kind: 'own',
    protocol: 'websocket',
    packages: ['@echosession/node', 'ws'],
    options: OWN,
  },
  {
    name: 'express',
    title: 'EchoSession on Express',
    kind: 'own',
    protocol: 'websocket',
    packages: ['@echosession/express', 'express', 'ws'],
    options: OWN,
  },
  {
    name: 'koa',
    title: 'EchoSession on Koa',
    kind: 'own',
    protocol: 'websocket',
    packages: ['@echosession/koa', 'koa', '@koa/router', 'ws'],
    options: OWN,
  },
  {
    name: 'fastify',
    title: 'EchoSession on Fastify',
    kind: 'own',
    protocol: 'websocket',
    packages: ['@echosession/fastify', 'fastify', '@fastify/websocket', 'ws'],
    options: OWN,
  },
  {
    name: 'hono-node-ws',
    title: 'EchoSession on Hono (node-ws)',
    kind: 'own',
    protocol: 'websocket',
    packages: ['@echosession/hono', 'hono', '@hono/node-server', '@hono/node-ws', 'ws'],
    options: OWN,
  },
  {
    name: 'hono-node-server',
    title: 'EchoSession on Hono (node-server 2)',
    kind: 'own',
    protocol: 'websocket',
    packages: ['@echosession/hono', 'hono', 'hono-node-server-2', 'ws'],
    options: OWN,
  },
  {
    name: 'express-ws',
    title: 'express-ws',
    kind: 'peer',
    protocol: 'websocket',
    packages: ['express-ws', 'express', 'express-ws > ws'],
    options: README_DEFLATE,
  },
  {
    name: 'koa-websocket',
    title: 'koa-websocket',
    kind: 'peer',
    protocol: 'websocket',
    packages: ['koa-websocket', 'koa', 'koa-websocket > ws'],
    options: README_DEFLATE,
  },
  {
    name: 'fastify-websocket',
    title: '@fastify/websocket',
    kind: 'peer',
    protocol: 'websocket',
    packages: ['@fastify/websocket', 'fastify', '@fastify/websocket > ws'],
    options: README_DEFLATE,
  },
  {
    name: 'hono-node-ws-alone',
    title: '@hono/node-ws',
    kind: 'peer',
    protocol: 'websocket',
    packages: ['@hono/node-ws', 'hono', '@hono/node-server', '@hono/node-ws > ws'],
    options: `${README}; it takes no option for compression`,
    lacks: ({ deflate = false }) => deflate,
  },
  {
    name: 'hono-node-server-alone',
    title: '@hono/node-server 2',
    kind: 'peer',
    protocol: 'websocket',
    packages: ['hono-node-server-2', 'hono', 'ws'],
    options: `${README}, on a WebSocketServer of ws`,
  },
  {
    name: 'crossws',
    title: 'crossws',
    kind: 'peer',
    protocol: 'websocket',
    packages: ['crossws'],
    options: `${README_DEFLATE}; broadcast by its own topics, its own heartbeat`,
  },
  {
    name: 'socket.io',
    title: 'Socket.IO',
    kind: 'peer',
    protocol: 'socket.io',
    packages: ['socket.io', 'engine.io', 'engine.io > ws'],
    options:
      'WebSocket transport alone, no client files, no HTTP compression; its own protocol, rooms and heartbeat',
  },
  {
    name: 'tcp',
    title: 'node:net, no WebSocket',
    kind: 'floor',
    protocol: 'tcp',
    packages: [],
    options: 'sends back the bytes of the frames as they come',
    lacks: withoutHttp,
  },
]

/** The target that every ratio is over. */
export const BASE = 'ws'

/** Whether a target can do a step. */
export function canDo(target: Target, step: Step): boolean {
  return target.lacks?.(step) !== true
}

function findManifest(name: string, from: string): string | undefined {
  const folders = createRequire(from).resolve.paths(name) ?? []
  return folders.map((folder) => join(folder, name, 'package.json')).find(existsSync)
}

/** Reads the versions of the packages that a target is made of. */
export function versionsOf({ packages }: Target): Readonly<Record<string, string>> {
  const versions: Record<string, string> = {}
  for (const entry of packages) {
    let file: string | undefined = fileURLToPath(import.meta.url)
    for (const name of entry.split(' > ')) file = file === undefined ? undefined : findManifest(name, file)
    if (file === undefined) continue
    const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as { name: string; version: string }
    versions[name] = version
  }
  return versions
}
