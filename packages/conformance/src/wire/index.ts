export type { CaseReport, Report, TranscriptEntry, Verdict } from '../report/report.js'
export { type ClientJudge, type ClientJudgeOptions, createClientJudge } from './client-judge.js'
export type { WireLimits } from './limit-watch.js'
export {
  type RunWireOptions,
  randomSeed,
  runWire,
  selectCases,
  TargetUnreachableError,
  type WireProgress,
} from './run-wire.js'
export type { FrameCase, HandshakeCase, Outcome, WireCase, WireVerdict } from './wire-case.js'
