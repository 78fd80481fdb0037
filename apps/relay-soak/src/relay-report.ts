import { ROOMS } from './rooms.js'

/** What one process has seen. */
export interface RelayReport {
  readonly index: number
  /** How many messages it sent to each room. */
  readonly sent: readonly number[]
  /** How many messages it has got, by `publisher/room`. */
  readonly heard: Readonly<Record<string, number>>
  /** How many were reported as lost, by room. */
  readonly gaps: Readonly<Record<string, number>>
  readonly doubled: number
  readonly disordered: number
  readonly relayDropped: number
  readonly mostQueuedBytes: number
  /** The longest that a publication took to settle, in milliseconds. */
  readonly longestMs: number
  /** Messages that did not reach the member in the process that sent them. */
  readonly localMissing: number
  readonly errors: number
}

/** What all of them together have seen. */
export interface RelayOutcome {
  readonly published: number
  /** Deliveries in other processes. */
  readonly delivered: number
  /** What should have been delivered, and was not. */
  readonly lost: number
  /** What was reported as lost. */
  readonly reported: number
  readonly doubled: number
  readonly disordered: number
  readonly dropped: number
  readonly errors: number
  readonly mostQueuedBytes: number
  readonly longestMs: number
  readonly localMissing: number
  /** Where what was reported differs from what was lost, one sentence each. */
  readonly differences: readonly string[]
}

/** Compares what was sent, what has come, and what was reported as lost. */
export function compareRelay(reports: readonly RelayReport[]): RelayOutcome {
  const differences: string[] = []
  let delivered = 0
  let lost = 0
  let reported = 0
  let localMissing = 0
  for (const { index, heard, gaps, sent } of reports) {
    for (let room = 0; room < ROOMS; room++) {
      let missing = 0
      for (const other of reports) {
        if (other.index === index) continue
        const got = heard[`${other.index}/${room}`] ?? 0
        delivered += got
        missing += (other.sent[room] ?? 0) - got
      }
      localMissing += (sent[room] ?? 0) - (heard[`${index}/${room}`] ?? 0)
      const told = gaps[room] ?? 0
      lost += missing
      reported += told
      if (missing !== told) {
        differences.push(`process ${index}, room ${room}: ${missing} lost, ${told} reported`)
      }
    }
  }
  const sum = (count: (report: RelayReport) => number) =>
    reports.reduce((total, report) => total + count(report), 0)
  const most = (figure: (report: RelayReport) => number) => Math.max(...reports.map(figure))
  return {
    published: sum(({ sent }) => sent.reduce((total, count) => total + count, 0)),
    delivered,
    lost,
    reported,
    doubled: sum(({ doubled }) => doubled),
    disordered: sum(({ disordered }) => disordered),
    dropped: sum(({ relayDropped }) => relayDropped),
    errors: sum(({ errors }) => errors),
    mostQueuedBytes: most(({ mostQueuedBytes }) => mostQueuedBytes),
    longestMs: most(({ longestMs }) => longestMs),
    localMissing,
    differences,
  }
}
