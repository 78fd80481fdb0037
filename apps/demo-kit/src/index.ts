export type { ChatEvent } from './chat.js'
export { createChat } from './chat.js'
export type {
  Demo,
  Health,
  MountedDemo,
  RunningDemo,
  StartDemo,
  StartOptions,
} from './demo.js'
export { defineDemo, SERVER_OPTIONS } from './demo.js'
export { withoutPassword } from './demo-relay.js'
export type { DemoName, DemoRow } from './demo-table.js'
export { DEMOS, PAGE_URL } from './demo-table.js'
export { echo } from './echo.js'
export { runDemo, runMain, untilStopped } from './run-demo.js'
export type { Environment, Settings } from './settings.js'
export { readSettings } from './settings.js'
export { ListenError, StartError } from './start-error.js'
