import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EchoSession } from '../dist/index.js'
import { PresenceCluster, type PresenceProcess } from './presence-cluster.js'
import { createRandom, type SeededRandom, seeds } from './seeded-random.js'

const ROOMS = ['x', 'y', 'z']

interface Person {
  readonly session: EchoSession
  readonly process: PresenceProcess
  readonly present: Map<string, number>
}

/** What happens to processes and people; afterwards the people are what the model says. */
class Play {
  readonly cluster = new PresenceCluster(4)
  people: Person[] = []
  readonly #random: SeededRandom
  #nextInfo = 0

  constructor(random: SeededRandom) {
    this.#random = random
  }

  async act(): Promise<void> {
    const random = this.#random
    const process = random.pick(this.cluster.processes)
    const person = this.people.length > 0 ? random.pick(this.people) : undefined
    const room = random.pick(ROOMS)
    switch (random.below(12)) {
      case 0:
      case 1:
        if (process.relay.state === 'well' || process.relay.state === 'cut') {
          this.people.push({ session: process.open(), process, present: new Map() })
        }
        break
      case 2:
      case 3:
      case 4:
        if (person === undefined || person.process.relay.state === 'frozen') break
        person.present.set(room, ++this.#nextInfo)
        void person.process.sessions.presence.enter(person.session, room, this.#nextInfo)
        break
      case 5:
        if (person === undefined || person.process.relay.state === 'frozen') break
        person.present.delete(room)
        if (random.chance(0.5)) person.session.leave(room)
        else person.process.sessions.presence.leave(person.session, room)
        break
      case 6:
        if (person === undefined || person.process.relay.state === 'frozen') break
        person.session.terminate()
        this.people = this.people.filter((other) => other !== person)
        break
      case 7:
        if (process.relay.state === 'well') process.relay.cut()
        break
      case 8:
        if (process.relay.state === 'well') process.relay.freeze()
        break
      case 9:
        this.mend(process)
        break
      case 10:
        if (random.chance(0.3)) this.cluster.hub.down()
        else this.cluster.hub.up()
        break
      default:
        await this.cluster.pass(random.pick([10, 100, 1_000, 6_000, 20_000]))
    }
  }

  mend({ relay, clock }: PresenceProcess): void {
    relay.mend(() => clock.jump(this.#now - clock.now()))
  }

  async end(): Promise<void> {
    this.cluster.hub.up()
    for (const process of this.cluster.processes) this.mend(process)
    if (this.#random.chance(0.5)) {
      const victim = this.#random.pick(this.cluster.processes)
      victim.relay.kill()
      this.people = this.people.filter(({ process }) => process !== victim)
    }
    await this.cluster.pass(40_000)
  }

  get #now(): number {
    return Math.max(...this.cluster.processes.map(({ clock }) => clock.now()))
  }
}

for (const seed of seeds(12)) {
  test(`whatever happened, four processes end up listing the same, and what the model says (seed ${seed})`, async () => {
    const random = createRandom(seed)
    const play = new Play(random)
    await play.cluster.pass(100)
    for (let act = 0; act < 120; act++) await play.act()
    await play.end()
    for (const process of play.cluster.processes) {
      if (process.relay.state === 'killed') continue
      for (const room of ROOMS) {
        const follows = process.sessions.rooms.includes(room)
        const expected = play.people.flatMap(({ process: home, session, present }) => {
          const info = present.get(room)
          return info === undefined ? [] : [`${home.sessions.presence.idOf(session)} ${info}`]
        })
        const listed = process.list(room)
        assert.deepEqual([...listed].sort(), follows ? expected.sort() : [], `${room}`)
        const mirrored = [...(process.mirror.get(room) ?? [])].map(([id, info]) => `${id} ${info}`)
        assert.deepEqual(mirrored.sort(), [...listed].sort(), 'the events say what the list says')
      }
    }
  })
}
