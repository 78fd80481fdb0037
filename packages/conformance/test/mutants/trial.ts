import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Patience } from '@echosession/conformance'
import type { SuiteName } from './mutant.js'

/** What a worker is asked: to judge the packages in a folder. */
export interface TrialRequest {
  readonly folder: string
  readonly suite: SuiteName
  readonly target: 'memory' | 'node'
  /** The clauses to run; all when left out. */
  readonly only?: readonly string[]
  readonly patience: Patience
}

/** The clauses that failed, with the reason of each. */
export type TrialResult = Readonly<Record<string, string>>

const WORKER = fileURLToPath(new URL('./trial-worker.js', import.meta.url))
const LIMIT_MS = 60_000

/** Judges mutants in a process of its own, so that what a mutant breaks stays there. */
export class TrialWorker {
  #child: ChildProcess | undefined

  /** Judges one folder; rejects when the worker dies or does not come to an end. */
  async judge(request: TrialRequest): Promise<TrialResult> {
    this.#child ??= fork(WORKER, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    const child = this.#child
    const over = new AbortController()
    const limit = setTimeout(() => over.abort(), LIMIT_MS)
    const options = { signal: over.signal }
    child.send(request)
    try {
      const [result]: unknown[] = await Promise.race([
        once(child, 'message', options),
        once(child, 'exit', options),
      ])
      if (typeof result === 'object' && result !== null) return result as TrialResult
      throw new Error(`The worker ended with ${String(result)}.`)
    } catch (error) {
      child.kill('SIGKILL')
      this.#child = undefined
      throw error
    } finally {
      clearTimeout(limit)
      over.abort()
    }
  }

  /** Ends the worker. */
  close(): void {
    this.#child?.disconnect()
    this.#child = undefined
  }
}
