export type { HonoAdapter, HonoPlugin } from './hono-adapter.js'
export { createHonoAdapter } from './hono-adapter.js'
