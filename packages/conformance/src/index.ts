export * from './contract/index.js'
export * from './report/report.js'
export * from './wire/index.js'
