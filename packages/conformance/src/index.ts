export * from './report/report.js'
export * from './wire/index.js'
