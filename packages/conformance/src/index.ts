export * from './contract/index.js'
export * from './relay/index.js'
export * from './report/index.js'
export * from './wire/index.js'
