import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import {
  CLAUSES,
  type Clause,
  createMemoryLogTarget,
  createMemoryRelayTarget,
  LOG_CLAUSES,
  type Patience,
  RELAY_CLAUSES,
} from '@echosession/conformance'
import { CORE_MUTANTS } from './core-mutants.js'
import { Lab } from './lab.js'
import { LOG_MUTANTS } from './log-mutants.js'
import type { Mutant, MutantTable, SuiteName } from './mutant.js'
import { CORE_ON_NODE_MUTANTS, NODE_MUTANTS } from './node-mutants.js'
import { RELAY_MUTANTS } from './relay-mutants.js'
import { type TrialRequest, TrialWorker } from './trial.js'

const WORKERS = 2
const PATIENCE: Readonly<Record<SuiteName, Patience>> = {
  contract: { networkMs: 1_000, turns: 60 },
  relay: { networkMs: 1_000, turns: 200 },
  // Its time is the machine's own, and one of its entries has to become a second old.
  log: { networkMs: 2_000, turns: 60 },
}
// What only a network can show; the rest of the suite judges the engine, which the memory transport does faster.
const NETWORK = ['network', 'http', 'middleware', 'server', 'compression']

const TABLES: readonly MutantTable[] = [
  CORE_MUTANTS,
  CORE_ON_NODE_MUTANTS,
  NODE_MUTANTS,
  RELAY_MUTANTS,
  LOG_MUTANTS,
]
const clauses: readonly Clause[] = CLAUSES.flatMap((chapter) => chapter.clauses)
const needsNetwork = ({ needs = [] }: Clause): boolean => needs.some((name) => NETWORK.includes(name))
const networkIds = clauses.filter(needsNetwork).map(({ id }) => id)

// What the reference can play: the others are for engines over a network.
function playable<Need extends string>(
  chapters: readonly {
    readonly clauses: readonly { readonly id: string; readonly needs?: readonly Need[] }[]
  }[],
  { capabilities }: { readonly capabilities: Readonly<Record<Need, boolean>> },
): string[] {
  return chapters
    .flatMap((chapter) => chapter.clauses)
    .filter(({ needs = [] }) => needs.every((name) => capabilities[name]))
    .map(({ id }) => id)
}

const lab = new Lab()
const workers = Array.from({ length: WORKERS }, () => new TrialWorker())
const idle = [...workers]
after(() => {
  for (const worker of workers) worker.close()
  lab.close()
})

function requestFor(table: MutantTable, folder: string, mutant?: Mutant): TrialRequest {
  const { suite, target } = table
  const request = { folder, suite, target, patience: PATIENCE[suite] }
  if (target === 'memory') return request
  const only = [...new Set([...networkIds, ...(mutant?.kills ?? [])])]
  return { ...request, only }
}

const COPIES: Readonly<Record<MutantTable['target'], readonly string[]>> = {
  memory: ['core', 'conformance'],
  node: ['core', 'conformance', 'node'],
}

async function tryOut(table: MutantTable, mutant: Mutant): Promise<string[]> {
  const folder = lab.prepare(mutant.id, COPIES[table.target], { table, mutant })
  // No more trials run at once than there are workers.
  const worker = idle.pop() as TrialWorker
  try {
    return Object.keys(await worker.judge(requestFor(table, folder, mutant)))
  } finally {
    idle.push(worker)
    await lab.discard(folder)
  }
}

for (const table of [CORE_MUTANTS, NODE_MUTANTS, RELAY_MUTANTS, LOG_MUTANTS]) {
  test(`an unchanged copy fails no clause of the ${table.suite} on ${table.target}`, async () => {
    const folder = lab.prepare(`unchanged-${table.suite}-on-${table.target}`, COPIES[table.target])
    assert.deepEqual(await workers[0]?.judge(requestFor(table, folder)), {})
  })
}

describe('every mutant fails exactly the clauses that it names', { concurrency: WORKERS }, () => {
  for (const table of TABLES) {
    for (const mutant of table.mutants) {
      test(`${mutant.id}, which ${mutant.what}, fails ${mutant.kills.join(', ')}`, async () => {
        const failed = await tryOut(table, mutant)
        assert.deepEqual(failed.toSorted(), [...mutant.kills].sort())
      })
    }
  }
})

test('every clause is killed by a mutant, and mutants have names of their own', () => {
  const mutants = TABLES.flatMap((table) => table.mutants)
  const killed = new Set<string>(mutants.flatMap(({ kills }) => kills))
  const ids = [
    ...clauses.map(({ id }) => id),
    ...playable(RELAY_CLAUSES, createMemoryRelayTarget()),
    ...playable(LOG_CLAUSES, createMemoryLogTarget()),
  ]
  assert.deepEqual(
    ids.filter((id) => !killed.has(id)),
    [],
  )
  assert.equal(new Set(mutants.map(({ id }) => id)).size, mutants.length)
  assert.ok(mutants.every(({ kills }) => kills.length > 0))
  assert.ok(mutants.length >= 60, `${mutants.length} mutants`)
})
