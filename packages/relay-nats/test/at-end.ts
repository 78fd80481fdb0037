import { after } from 'node:test'

const endings: (() => unknown)[] = []

/** Does something when all tests of the file are over, the last that was asked for first: clients go before their server. */
export function atEnd(work: () => unknown): void {
  endings.push(work)
}

after(async () => {
  for (const end of endings.reverse()) await end()
})
