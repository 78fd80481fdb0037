/** What one process has seen of rooms with a history. */
export interface LogReport {
  readonly index: number
  /** How many messages it wanted to add. */
  readonly sent: number
  /** How many of them were refused. */
  readonly refused: number
  /** The longest that one took to settle, in milliseconds. */
  readonly longestMs: number
  /** The numbers of the messages that were acknowledged, by room, in the order in which they were. */
  readonly acknowledged: readonly (readonly number[])[]
  /** What the member of each room was told, in the order in which it came: who sent it, and its number. */
  readonly heard: readonly (readonly string[])[]
  readonly recovered: number
  readonly unrecovered: number
  readonly errors: number
}

/** What all of them together have seen. */
export interface LogOutcome {
  readonly sent: number
  readonly acknowledged: number
  readonly refused: number
  /** Messages that were refused, but are in the log: its answer was lost. */
  readonly unanswered: number
  readonly delivered: number
  /** Acknowledged messages that a member was not told. */
  readonly lost: number
  readonly doubled: number
  /** Acknowledged messages that came to a member behind one that their process had sent later. */
  readonly disordered: number
  /** Members that were told something else, or in another order, than the first member of their room. */
  readonly differing: number
  readonly recovered: number
  readonly unrecovered: number
  readonly longestMs: number
  readonly errors: number
}

/** Compares what was acknowledged with what every member was told. */
export function compareLogs(reports: readonly LogReport[]): LogOutcome {
  const acknowledged = reports.flatMap(({ index, acknowledged: rooms }) =>
    rooms.map((numbers, room) => ({ room, keys: numbers.map((number) => `${index} ${number}`) })),
  )
  let delivered = 0
  let lost = 0
  let doubled = 0
  let disordered = 0
  let differing = 0
  const unanswered = new Set<string>()
  const [first] = reports
  for (const { heard: rooms } of reports) {
    for (const [room, heard] of rooms.entries()) {
      const here = acknowledged.filter((series) => series.room === room)
      const promised = new Set(here.flatMap(({ keys }) => keys))
      const places = new Map(heard.map((key, place) => [key, place]))
      delivered += heard.length
      doubled += heard.length - places.size
      for (const key of places.keys()) if (!promised.has(key)) unanswered.add(key)
      for (const { keys } of here) {
        let before = -1
        for (const key of keys) {
          const place = places.get(key)
          if (place === undefined) lost++
          else if (place < before) disordered++
          else before = place
        }
      }
      const reference = first?.heard[room] ?? []
      if (heard.length !== reference.length || heard.some((key, place) => key !== reference[place]))
        differing++
    }
  }
  const sum = (count: (report: LogReport) => number) =>
    reports.reduce((total, report) => total + count(report), 0)
  return {
    sent: sum(({ sent }) => sent),
    acknowledged: acknowledged.reduce((total, { keys }) => total + keys.length, 0),
    refused: sum(({ refused }) => refused),
    unanswered: unanswered.size,
    delivered,
    lost,
    doubled,
    disordered,
    differing,
    recovered: sum(({ recovered }) => recovered),
    unrecovered: sum(({ unrecovered }) => unrecovered),
    longestMs: Math.max(...reports.map(({ longestMs }) => longestMs)),
    errors: sum(({ errors }) => errors),
  }
}
