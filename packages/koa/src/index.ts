export type { KoaAdapter } from './koa-adapter.js'
export { createKoaAdapter } from './koa-adapter.js'
