import type { Step } from './pattern.js'
import type { Target } from './target.js'

const README = 'as its README shows'
const README_DEFLATE = `${README}; compression at its README's settings`
const OWN = 'default options'
const BY_HAND = "an upgrade runs through the app's routes, the last of which hands it to ws"
const TUTORIAL = "the tutorial's loop of ReadMessage and WriteMessage, default Upgrader"
const GORILLA = 'golang-github-gorilla-websocket-dev'

const withoutHttp = ({ app, deflate = false, load }: Step): boolean =>
  app === 'guarded' || app === 'chat' || deflate || (load.kind === 'connect' && load.connections < 10_000)

// Once it is a WebSocket, it is one of raw `ws`.
const onlyHandshakes = ({ load }: Step): boolean => load.kind !== 'connect' || load.connections >= 10_000

// The tutorial's servers echo, and do nothing else; they send no pings.
const withoutHandlers = ({ app, deflate = false }: Step): boolean => app !== 'echo' || deflate

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
    name: 'express-by-hand',
    title: 'ws by hand in Express',
    kind: 'peer',
    protocol: 'websocket',
    packages: ['express', 'ws'],
    options: BY_HAND,
    lacks: onlyHandshakes,
  },
  {
    name: 'koa-by-hand',
    title: 'ws by hand in Koa',
    kind: 'peer',
    protocol: 'websocket',
    packages: ['koa', '@koa/router', 'ws'],
    options: BY_HAND,
    lacks: onlyHandshakes,
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
  {
    name: 'ws-bufferutil',
    title: 'raw ws with bufferutil',
    kind: 'peer',
    runtime: 'node-bufferutil',
    protocol: 'websocket',
    packages: [],
    options: `${README_DEFLATE}; the native module that the README names`,
  },
  {
    name: 'bun',
    title: 'Bun',
    kind: 'floor',
    runtime: 'bun',
    protocol: 'websocket',
    packages: [],
    options: 'Bun.serve with its own WebSocket and topics; told to compress where that is measured',
  },
  {
    name: 'deno',
    title: 'Deno',
    kind: 'floor',
    runtime: 'deno',
    protocol: 'websocket',
    packages: [],
    options: 'Deno.upgradeWebSocket; it does not compress',
    lacks: ({ deflate = false }) => deflate,
  },
  {
    name: 'go-nethttp',
    title: 'Go, net/http with gorilla',
    kind: 'floor',
    runtime: 'go',
    protocol: 'websocket',
    packages: [],
    goPackages: ['golang-go', GORILLA],
    options: TUTORIAL,
    lacks: withoutHandlers,
  },
  {
    name: 'go-gin',
    title: 'Go, Gin with gorilla',
    kind: 'floor',
    runtime: 'go',
    protocol: 'websocket',
    packages: [],
    goPackages: ['golang-go', GORILLA, 'golang-github-gin-gonic-gin-dev'],
    options: TUTORIAL,
    lacks: withoutHandlers,
  },
  {
    name: 'go-echo',
    title: 'Go, Echo with gorilla',
    kind: 'floor',
    runtime: 'go',
    protocol: 'websocket',
    packages: [],
    goPackages: ['golang-go', GORILLA, 'golang-github-labstack-echo-dev'],
    options: TUTORIAL,
    lacks: withoutHandlers,
  },
]
