/** What is to be known of a demo before it runs. */
export interface DemoRow {
  /** The package that it shows. */
  readonly adapter: string
  /** The host, as people call it. */
  readonly title: string
  /** Its port unless told otherwise. */
  readonly port: number
}

/** The five demos. */
export const DEMOS = {
  'echo-node': { adapter: '@echosession/node', title: 'node:http', port: 8081 },
  'echo-express': { adapter: '@echosession/express', title: 'Express 5', port: 8082 },
  'echo-fastify': { adapter: '@echosession/fastify', title: 'Fastify 5', port: 8083 },
  'echo-koa': { adapter: '@echosession/koa', title: 'Koa 3', port: 8084 },
  'echo-hono': { adapter: '@echosession/hono', title: 'Hono 4', port: 8085 },
} as const satisfies Record<string, DemoRow>

/** A demo's name, which is also its folder. */
export type DemoName = keyof typeof DEMOS

/** Where the page over all five is, unless it was moved. */
export const PAGE_URL = 'http://127.0.0.1:8080/'
