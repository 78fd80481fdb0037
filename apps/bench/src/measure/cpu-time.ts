import { readdirSync, readFileSync } from 'node:fs'

/** Where the CPU time of a process is read from. */
export type CpuSource = 'schedstat' | 'stat' | 'process.cpuUsage'

/** The kernel's clock tick in /proc is a hundredth of a second, whatever the kernel's own. */
const TICKS_PER_SECOND = 100

/** Reads the CPU seconds of all threads of a process, in nanoseconds as the scheduler counts them. */
function readSchedstat(pid: number): number {
  let nanoseconds = 0
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    nanoseconds += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1').split(' ', 1)[0])
  }
  return nanoseconds / 1e9
}

function readStat(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  // The name of the program may contain anything; the fields behind it are counted from its last bracket.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

/** Finds out where CPU time can be read from on this system. */
export function findCpuSource(): CpuSource {
  for (const [source, read] of [
    ['schedstat', readSchedstat],
    ['stat', readStat],
  ] as const) {
    try {
      if (read(process.pid) > 0) return source
    } catch {}
  }
  return 'process.cpuUsage'
}

/** Reads the CPU seconds that a process has used; undefined where only the process itself can say. */
export function readCpuSeconds(pid: number, source: CpuSource): number | undefined {
  if (source === 'process.cpuUsage') return undefined
  return source === 'schedstat' ? readSchedstat(pid) : readStat(pid)
}
