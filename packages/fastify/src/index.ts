export type { EchoSessionPluginOptions } from './echo-session-plugin.js'
export { echoSessionPlugin } from './echo-session-plugin.js'
