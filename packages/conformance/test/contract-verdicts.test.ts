import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Chapter,
  CLAUSES,
  type Clause,
  createMemoryTarget,
  register,
  run,
  type Target,
} from '@echosession/conformance'
import { defineSession } from '@echosession/core'

const PATIENCE = { networkMs: 100, turns: 5 }
const EXCLUSION = { reason: 'known not to hold', issue: 'https://example.com/issues/1' }

function chapterOf(clause: Clause): Chapter[] {
  return [{ title: 'Made up', clauses: [clause] }]
}

const holds: Clause = { id: 'ES-1.1', title: 'holds', check: async () => {} }
const breaks: Clause = {
  id: 'ES-1.1',
  title: 'does not hold',
  async check(stage) {
    const stand = await stage.mount(defineSession({}))
    const client = await stand.connect()
    client.send('seen in the transcript')
    await stage.settle()
    assert.fail('on purpose')
  },
}

async function verdictOf(clause: Clause, target: Target): Promise<[string, string | undefined]> {
  const { cases } = await run(chapterOf(clause), target, { patience: PATIENCE })
  assert.equal(cases.length, 1)
  return [cases[0]?.verdict ?? '', cases[0]?.note]
}

test('a clause that holds passes, one that does not fails with its reason and transcript', async () => {
  assert.deepEqual(await verdictOf(holds, createMemoryTarget()), ['pass', undefined])
  const { cases } = await run(chapterOf(breaks), createMemoryTarget(), { patience: PATIENCE })
  assert.equal(cases[0]?.verdict, 'fail')
  assert.equal(cases[0]?.note, 'on purpose')
  assert.ok(cases[0]?.transcript?.some(({ text }) => text.includes('seen in the transcript')))
})

test('a clause whose capability is declared off is unsupported when that is absent indeed', async () => {
  const clause: Clause = { ...breaks, needs: ['pause'] }
  const [verdict, note] = await verdictOf(clause, createMemoryTarget({ lacking: ['pause'] }))
  assert.deepEqual([verdict, note], ['unsupported', 'declared off, and absent: pause'])
})

for (const name of ['ping', 'pause', 'unfinished'] as const) {
  test(`a target that declares ${name} off and has it all the same fails`, async () => {
    const able = createMemoryTarget()
    const modest: Target = { ...able, capabilities: { ...able.capabilities, [name]: false } }
    const [verdict] = await verdictOf({ ...holds, needs: [name] }, modest)
    assert.equal(verdict, 'fail')
  })
}

test('an excluded clause that does not hold is excluded, with reason and issue', async () => {
  const target: Target = { ...createMemoryTarget(), excluded: { 'ES-1.1': EXCLUSION } }
  const note = 'known not to hold (https://example.com/issues/1)'
  assert.deepEqual(await verdictOf(breaks, target), ['excluded', note])
})

test('an excluded clause that would hold fails', async () => {
  const target: Target = { ...createMemoryTarget(), excluded: { 'ES-1.1': EXCLUSION } }
  const [verdict, note] = await verdictOf(holds, target)
  assert.equal(verdict, 'fail')
  assert.match(note ?? '', /take the exclusion away/)
})

test('an error that reaches the process fails the clause, also when it is undefined', async () => {
  const clause: Clause = {
    ...holds,
    async check(stage) {
      void Promise.reject(undefined)
      await stage.settle()
    },
  }
  const listeners = process.listeners('unhandledRejection')
  process.removeAllListeners('unhandledRejection')
  try {
    const [verdict, note] = await verdictOf(clause, createMemoryTarget())
    assert.deepEqual([verdict, note], ['fail', 'An error reached the process: undefined'])
  } finally {
    for (const listener of listeners) process.on('unhandledRejection', listener)
  }
})

test('a target that cannot be mounted fails every clause and ends', async () => {
  const broken: Target = { ...createMemoryTarget(), mount: () => Promise.reject(new Error('no host')) }
  const report = await run(CLAUSES, broken, { patience: PATIENCE, only: (id) => id.startsWith('ES-2.') })
  assert.ok(report.cases.length > 10)
  assert.ok(report.cases.every(({ verdict, note }) => verdict === 'fail' && note === 'no host'))
})

test('the report says what was judged, and progress is told case by case', async () => {
  const seen: string[] = []
  const report = await run(CLAUSES, createMemoryTarget({ name: 'named' }), {
    only: (id) => id.startsWith('ES-3.'),
    onProgress: ({ id }, done, of) => seen.push(`${id} ${done}/${of}`),
  })
  assert.deepEqual(
    [report.schema, report.suite, report.target.name],
    ['echosession-report/1', 'contract', 'named'],
  )
  assert.match(report.contractVersion ?? '', /^\d+\.\d+\.\d+/)
  assert.equal(seen[0], `ES-3.1 1/${report.cases.length}`)
  assert.equal(seen.length, report.cases.length)
  assert.ok(report.cases.every(({ chapter }) => chapter === 'Messages'))
})

test('register hands each clause to the test function by name, and its failure as a rejection', async () => {
  const tests = new Map<string, () => Promise<void>>()
  const collect = (name: string, body: () => Promise<void>): void => void tests.set(name, body)
  const bare = createMemoryTarget({ name: 'bare', lacking: ['pause'] })
  register(collect, chapterOf(holds), bare)
  register(collect, chapterOf({ ...breaks, id: 'ES-1.2' }), bare)
  register(collect, chapterOf({ ...holds, id: 'ES-1.3', needs: ['pause'] }), bare)
  assert.deepEqual(
    [...tests.keys()],
    ['ES-1.1 bare: holds', 'ES-1.2 bare: does not hold', 'ES-1.3 bare: holds (unsupported: no pause)'],
  )
  await tests.get('ES-1.1 bare: holds')?.()
  await assert.rejects(async () => tests.get('ES-1.2 bare: does not hold')?.(), { message: 'on purpose' })
  await tests.get('ES-1.3 bare: holds (unsupported: no pause)')?.()
})
