import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** On which CPUs the two processes run. */
export interface Pinning {
  readonly server: number | undefined
  readonly generator: number | undefined
  /** What was done, and why if not what should be. */
  readonly note: string
}

/** The numbers of a list such as `0-2,7`. */
export function parseCpuList(text: string): number[] {
  return text
    .trim()
    .split(',')
    .filter((part) => /^\d+(-\d+)?$/.test(part))
    .flatMap((part) => {
      const [from = 0, to = from] = part.split('-').map(Number)
      return Array.from({ length: to - from + 1 }, (_, index) => from + index)
    })
}

function allowedCpus(): number[] {
  try {
    const status = readFileSync('/proc/self/status', 'latin1')
    return parseCpuList(/^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? '')
  } catch {
    return []
  }
}

/** Decides where the server and the load generator run. */
export function choosePinning(): Pinning {
  const none = { server: undefined, generator: undefined }
  const [server, generator] = allowedCpus()
  if (server === undefined)
    return { ...none, note: 'not pinned: this system does not say which CPUs there are' }
  if (generator === undefined) return { ...none, note: 'not pinned: there is one CPU for both processes' }
  if (spawnSync('taskset', ['--version']).status !== 0) {
    return { ...none, note: 'not pinned: there is no taskset (util-linux)' }
  }
  return { server, generator, note: `server on CPU ${server}, load generator on CPU ${generator}` }
}

/** The command line that runs a command on one CPU. */
export function pinned(cpu: number | undefined, command: readonly string[]): readonly [string, ...string[]] {
  const line = cpu === undefined ? command : ['taskset', '-c', String(cpu), ...command]
  return line as unknown as readonly [string, ...string[]]
}
