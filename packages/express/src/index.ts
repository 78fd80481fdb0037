export type { ExpressAdapter, ExpressContext } from './express-adapter.js'
export { createExpressAdapter } from './express-adapter.js'
