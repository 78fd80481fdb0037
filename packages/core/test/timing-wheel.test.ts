import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock, type ManualClock } from '../dist/memory/index.js'
import { type Scheduled, TimingWheel, UNSCHEDULED } from '../dist/timing-wheel.js'
import { createRandom, seeds } from './seeded-random.js'

const TICK = 10
const NEVER = Number.POSITIVE_INFINITY

class Entry implements Scheduled {
  dueTick = UNSCHEDULED
  next: Scheduled | undefined
  previous: Scheduled | undefined
  readonly checks: { readonly now: number; readonly late: boolean }[] = []
  readonly #next: (now: number) => number

  constructor(next: (now: number) => number = () => NEVER) {
    this.#next = next
  }

  check(now: number, late: boolean): number {
    this.checks.push({ now, late })
    return this.#next(now)
  }
}

function createWheel(clock: ManualClock = createManualClock()) {
  const lags: number[] = []
  return { clock, lags, wheel: new TimingWheel(clock, TICK, (lagMs) => lags.push(lagMs)) }
}

const times = (entry: Entry) => entry.checks.map(({ now }) => now)

test('an entry is looked at in the first tick at or after its time, and once', () => {
  const { wheel, clock } = createWheel()
  const exact = new Entry()
  const between = new Entry()
  wheel.schedule(exact, 50)
  wheel.schedule(between, 51)
  clock.advance(200)
  assert.deepEqual(times(exact), [50])
  assert.deepEqual(times(between), [60])
})

test('times are whole milliseconds, whatever the clock gives, and nothing is looked at before its own', () => {
  const { wheel, clock } = createWheel()
  clock.advance(3.7)
  assert.equal(wheel.now, 3)
  const entry = new Entry((now) => now + 7)
  wheel.schedule(entry, 11)
  assert.equal(wheel.now, 3)
  for (let step = 0; step < 20; step++) clock.advance(4.3)
  assert.ok(entry.checks.length > 3)
  let due = 11
  for (const now of times(entry)) {
    assert.ok(Number.isInteger(now) && now >= due, `${now}, due at ${due}`)
    due = now + 7
  }
})

test('ES-5.9: all entries share one timer, and none is left when the last has gone', () => {
  const { wheel, clock } = createWheel()
  const entries = Array.from({ length: 100 }, () => new Entry())
  entries.forEach((entry, index) => void wheel.schedule(entry, 1 + index * 7))
  assert.equal(clock.pending, 1)
  clock.advance(300)
  assert.equal(clock.pending, 1)
  for (const entry of entries) wheel.cancel(entry)
  assert.equal(clock.pending, 0)
})

test('ES-5.9: a lone entry that schedules itself again and again never makes a second timer', () => {
  const { wheel, clock } = createWheel()
  const entry = new Entry((now) => now + 30)
  wheel.schedule(entry, 30)
  for (let step = 0; step < 100; step++) {
    clock.advance(TICK)
    assert.equal(clock.pending, 1)
  }
  assert.equal(entry.checks.length, 33)
  wheel.cancel(entry)
  assert.equal(clock.pending, 0)
})

test('the timer stops by itself when the last entry asks for no further look', () => {
  const { wheel, clock } = createWheel()
  wheel.schedule(new Entry(), 10)
  clock.advance(10)
  assert.equal(clock.pending, 0)
})

test('an entry further away than a turn of the wheel is not looked at a turn early', () => {
  const { wheel, clock } = createWheel()
  const turn = 512 * TICK
  const near = new Entry()
  const far = new Entry()
  const farther = new Entry()
  wheel.schedule(near, 40)
  wheel.schedule(far, 40 + turn)
  wheel.schedule(farther, 40 + 3 * turn)
  clock.advance(4 * turn)
  assert.deepEqual([times(near), times(far), times(farther)], [[40], [40 + turn], [40 + 3 * turn]])
})

test('a time that has passed means the next tick', () => {
  const { wheel, clock } = createWheel()
  wheel.schedule(new Entry(), 10_000)
  clock.advance(1_005)
  const past = new Entry()
  wheel.schedule(past, 3)
  clock.advance(100)
  assert.deepEqual(times(past), [1_010])
})

test('a check that returns a time that has passed is looked at again in the next tick, not in the same', () => {
  const { wheel, clock } = createWheel()
  const entry = new Entry((now) => (now < 60 ? 0 : NEVER))
  wheel.schedule(entry, 30)
  clock.advance(500)
  assert.deepEqual(times(entry), [30, 40, 50, 60])
})

test('the wheel tells the right time after it stood still', () => {
  const { wheel, clock } = createWheel()
  wheel.schedule(new Entry(), 10)
  clock.advance(10)
  clock.advance(100_000)
  assert.equal(wheel.now, 100_010)
  const entry = new Entry()
  wheel.schedule(entry, wheel.now + 30)
  clock.advance(40)
  assert.deepEqual(times(entry), [100_040])
  assert.equal(entry.checks[0]?.late, false)
})

test('an entry that is moved is looked at once, at its last time', () => {
  const { wheel, clock } = createWheel()
  const entry = new Entry()
  wheel.schedule(entry, 30)
  wheel.schedule(entry, 80)
  wheel.schedule(entry, 50)
  clock.advance(200)
  assert.deepEqual(times(entry), [50])
})

test('an entry is hastened to an earlier time only', () => {
  const { wheel, clock } = createWheel()
  const entry = new Entry()
  wheel.hasten(entry, 80)
  wheel.hasten(entry, 90)
  wheel.hasten(entry, 50)
  clock.advance(200)
  assert.deepEqual(times(entry), [50])
})

test('an entry that is cancelled by another in the same tick is not looked at', () => {
  const { wheel, clock } = createWheel()
  const victim = new Entry()
  const killer = new Entry(() => {
    wheel.cancel(victim)
    return NEVER
  })
  wheel.schedule(killer, 30)
  wheel.schedule(victim, 30)
  clock.advance(100)
  assert.deepEqual(victim.checks, [])
  assert.equal(clock.pending, 0)
})

test('an entry may cancel or move itself while it is looked at; its own word counts', () => {
  const { wheel, clock } = createWheel()
  const moved: Entry = new Entry((now) => {
    if (now < 100) wheel.schedule(moved, 100)
    return now < 100 ? 500 : NEVER
  })
  const gone: Entry = new Entry(() => {
    wheel.cancel(gone)
    return NEVER
  })
  wheel.schedule(moved, 30)
  wheel.schedule(gone, 30)
  clock.advance(1_000)
  assert.deepEqual(times(moved), [30, 100])
  assert.deepEqual(times(gone), [30])
  assert.equal(clock.pending, 0)
})

test('an entry put in while others are looked at is looked at in its own time', () => {
  const { wheel, clock } = createWheel()
  const soon = new Entry()
  const past = new Entry()
  wheel.schedule(
    new Entry((now) => {
      wheel.schedule(soon, now + 1)
      wheel.schedule(past, now - 25)
      return NEVER
    }),
    30,
  )
  clock.advance(500)
  assert.deepEqual([times(soon), times(past)], [[40], [40]])
  assert.equal(clock.pending, 0)
})

test('ES-5.9: a wheel that is emptied and filled again while it looks has one timer', () => {
  const { wheel, clock } = createWheel()
  const passing = new Entry()
  const staying = new Entry()
  wheel.schedule(
    new Entry((now) => {
      wheel.schedule(passing, now + 50)
      wheel.cancel(passing)
      wheel.schedule(staying, now + 50)
      return NEVER
    }),
    30,
  )
  clock.advance(30)
  assert.equal(clock.pending, 1)
  clock.advance(50)
  assert.deepEqual(times(staying), [80])
  assert.equal(clock.pending, 0)
})

test('R3: an entry that comes due in a stall is looked at once, and told that it is late', () => {
  const { wheel, clock, lags } = createWheel()
  const entry = new Entry((now) => now + 50)
  wheel.schedule(entry, 50)
  clock.jump(30_000)
  assert.deepEqual(entry.checks, [{ now: 30_000, late: true }])
  assert.deepEqual(lags, [30_000 - TICK])
  clock.advance(50)
  assert.deepEqual(entry.checks.at(-1), { now: 30_050, late: false })
})

test('a timer that fires a little late is no stall', () => {
  const { wheel, clock, lags } = createWheel()
  const entry = new Entry()
  wheel.schedule(entry, 50)
  clock.jump(100)
  assert.deepEqual(entry.checks, [{ now: 100, late: false }])
  assert.deepEqual(lags, [])
})

test('an entry that throws does not stop the wheel for the others', () => {
  const { wheel, clock } = createWheel()
  const thrower = new Entry(() => {
    throw new Error('broken port')
  })
  const later = new Entry()
  wheel.schedule(thrower, 30)
  wheel.schedule(later, 60)
  assert.throws(() => clock.advance(40), /broken port/)
  clock.advance(60)
  assert.deepEqual(times(later), [60])
  assert.equal(clock.pending, 0)
})

test('entries behind one that throws, in the same slot, are looked at in the next tick', () => {
  const { wheel, clock } = createWheel()
  const broken = new Entry(() => {
    throw new Error('broken')
  })
  const behind = new Entry()
  const later = new Entry()
  wheel.schedule(broken, 50)
  wheel.schedule(behind, 50)
  wheel.schedule(later, 60)
  assert.throws(() => clock.advance(50), /broken/)
  clock.advance(10)
  assert.deepEqual([times(behind), times(later)], [[60], [60]])
})

for (const tick of [5, 83.3 / 16, 6.25, 250, 1_000 / 7]) {
  test(`no time is missed by rounding with a tick of ${tick} ms`, () => {
    const clock = createManualClock()
    const wheel = new TimingWheel(clock, tick, () => {})
    let late = 0
    const entries = Array.from({ length: 2_000 }, (_, index) => {
      const at = (index * tick * 13) / 7
      const entry = new Entry()
      wheel.schedule(entry, at)
      return { at, entry }
    })
    clock.advance((2_000 * tick * 13) / 7 + 2 * tick)
    for (const { at, entry } of entries) {
      assert.equal(entry.checks.length, 1)
      if ((times(entry)[0] as number) > Math.max(at, tick) + tick + 1.001) late++
    }
    assert.equal(late, 0)
    assert.equal(clock.pending, 0)
  })
}

/** The same promise, kept in the simplest way: a list that is searched at every tick. */
class NaiveScheduler {
  readonly due = new Map<number, number>()

  tickOf(at: number, tick: number): number {
    return Math.max(Math.ceil(at / TICK), tick + 1)
  }
}

for (const seed of seeds(15)) {
  test(`a random history of entries is looked at as a naive scheduler would (seed ${seed})`, () => {
    const random = createRandom(seed)
    const { wheel, clock } = createWheel()
    const model = new NaiveScheduler()
    const seen: string[] = []
    const expected: string[] = []
    const tickNow = () => Math.floor(clock.now() / TICK)
    const span = () =>
      random.pick([0, 1, 9, 10, 11, 95, 400, 5_110, 5_120, 5_130, 12_000]) + random.below(20) - 5
    const plans = new Map<number, number[]>()
    const entries = Array.from({ length: 30 }, (_, id) => {
      return new Entry((now) => {
        seen.push(`${Math.round(now / TICK)}:${id}`)
        const next = plans.get(id)?.shift()
        return next === undefined ? NEVER : now + next
      })
    })
    const schedule = (id: number, at: number) => {
      wheel.schedule(entries[id] as Entry, at)
      model.due.set(id, model.tickOf(at, tickNow()))
    }
    const step = () => {
      clock.advance(TICK - (clock.now() % TICK))
      const tick = tickNow()
      for (const [id, due] of [...model.due]) {
        if (due > tick) continue
        expected.push(`${tick}:${id}`)
        model.due.delete(id)
        const next = modelPlans.get(id)?.shift()
        if (next !== undefined) model.due.set(id, model.tickOf(clock.now() + next, tick))
      }
    }
    const modelPlans = new Map<number, number[]>()
    for (let round = 0; round < 600; round++) {
      const id = random.below(entries.length)
      const action = random.next()
      if (action < 0.3) {
        const plan = Array.from({ length: random.below(4) }, span)
        plans.set(id, [...plan])
        modelPlans.set(id, [...plan])
        schedule(id, clock.now() + span())
      } else if (action < 0.4) {
        wheel.cancel(entries[id] as Entry)
        model.due.delete(id)
      } else for (let steps = random.below(12); steps > 0; steps--) step()
      assert.equal(clock.pending, model.due.size > 0 ? 1 : 0)
    }
    for (let steps = 0; steps < 6_000; steps++) step()
    assert.ok(seen.length > 100)
    assert.deepEqual([...seen].sort(), [...expected].sort())
    assert.equal(clock.pending, 0)
  })
}
