import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { CLAUSES, type Clause } from '@echosession/conformance'
import { CORE_MUTANTS } from './core-mutants.js'
import { Lab } from './lab.js'
import type { Mutant, MutantTable } from './mutant.js'
import { CORE_ON_NODE_MUTANTS, NODE_MUTANTS } from './node-mutants.js'
import { type TrialRequest, type TrialResult, TrialWorker } from './trial.js'

const WORKERS = 2
const PATIENCE = { networkMs: 1_000, turns: 60 }
// What only a network can show; the rest of the suite judges the engine, which the memory transport does faster.
const NETWORK = ['network', 'http', 'middleware', 'server', 'compression']

const TABLES: readonly MutantTable[] = [CORE_MUTANTS, CORE_ON_NODE_MUTANTS, NODE_MUTANTS]
const clauses: readonly Clause[] = CLAUSES.flatMap((chapter) => chapter.clauses)
const needsNetwork = ({ needs = [] }: Clause): boolean => needs.some((name) => NETWORK.includes(name))
const networkIds = clauses.filter(needsNetwork).map(({ id }) => id)

const lab = new Lab()
const workers = Array.from({ length: WORKERS }, () => new TrialWorker())
after(() => {
  for (const worker of workers) worker.close()
  lab.close()
})

function requestFor(table: MutantTable, folder: string, mutant?: Mutant): TrialRequest {
  if (table.target === 'memory') return { folder, target: 'memory', patience: PATIENCE }
  const only = [...new Set([...networkIds, ...(mutant?.kills ?? [])])]
  return { folder, target: 'node', only, patience: PATIENCE }
}

const COPIES: Readonly<Record<MutantTable['target'], readonly string[]>> = {
  memory: ['core', 'conformance'],
  node: ['core', 'conformance', 'node'],
}

interface Trial {
  readonly table: MutantTable
  readonly mutant: Mutant
  readonly result: TrialResult | Error
}

async function tryAll(): Promise<Trial[]> {
  const waiting = TABLES.flatMap((table) => table.mutants.map((mutant) => ({ table, mutant })))
  const trials: Trial[] = []
  const work = async (worker: TrialWorker): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { table, mutant } = next
      try {
        const folder = lab.prepare(mutant.id, COPIES[table.target], next)
        trials.push({ ...next, result: await worker.judge(requestFor(table, folder, mutant)) })
      } catch (error) {
        trials.push({ ...next, result: error instanceof Error ? error : new Error(String(error)) })
      }
    }
  }
  await Promise.all(workers.map(work))
  return trials
}

/** Says what is wrong with the outcome of a mutant; nothing when it fails exactly what it should. */
function complaint({ mutant, result }: Trial): string | undefined {
  if (result instanceof Error) return `${mutant.id}: ${result.message}`
  const failed = Object.keys(result)
  const survived = mutant.kills.filter((id) => !failed.includes(id))
  const besides = failed.filter((id) => !(mutant.kills as readonly string[]).includes(id))
  if (survived.length + besides.length === 0) return undefined
  const reasons = besides.map((id) => `\n    ${id}: ${result[id]?.split('\n', 1)[0]}`)
  return `${mutant.id} (${mutant.what}): survives ${survived.join(', ') || 'nothing'}; fails besides: ${besides.join(', ') || 'nothing'}${reasons.join('')}`
}

for (const table of [CORE_MUTANTS, NODE_MUTANTS]) {
  test(`an unchanged copy fails no clause on ${table.target}`, async () => {
    const folder = lab.prepare(`unchanged-on-${table.target}`, COPIES[table.target])
    assert.deepEqual(await workers[0]?.judge(requestFor(table, folder)), {})
  })
}

test('every mutant fails exactly the clauses that it names', async (t) => {
  const trials = await tryAll()
  const order = TABLES.flatMap(({ mutants }) => mutants)
  trials.sort((a, b) => order.indexOf(a.mutant) - order.indexOf(b.mutant))
  for (const { mutant, result } of trials) {
    const outcome =
      result instanceof Error ? `ERROR ${result.message}` : Object.keys(result).join(' ') || 'SURVIVES'
    t.diagnostic(`${mutant.id.padEnd(34)} ${outcome}`)
  }
  assert.deepEqual(
    trials.map(complaint).filter((text) => text !== undefined),
    [],
  )
})

test('every clause is killed by a mutant, and mutants have names of their own', () => {
  const mutants = TABLES.flatMap((table) => table.mutants)
  const killed = new Set<string>(mutants.flatMap(({ kills }) => kills))
  assert.deepEqual(
    clauses.map(({ id }) => id).filter((id) => !killed.has(id)),
    [],
  )
  assert.equal(new Set(mutants.map(({ id }) => id)).size, mutants.length)
  assert.ok(mutants.every(({ kills }) => kills.length > 0))
  assert.ok(mutants.length >= 60, `${mutants.length} mutants`)
})
