import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { type Report, runWire, selectCases, TargetUnreachableError } from '@echosession/conformance/wire'
import { type ServerOptions, WebSocketServer } from 'ws'
import { Peer } from '../dist/wire/peer.js'
import { createRandom } from '../dist/wire/random.js'
import { Round, type RoundWaits } from '../dist/wire/round.js'
import { Transcript } from '../dist/wire/transcript.js'

const SEED = 20_260_102
const HEAVY = ['9.*', '12.*', '13.*']
const SAMPLES = [
  '9.1.1',
  '9.2.2',
  '9.3.4',
  '9.4.9',
  '9.5.6',
  '9.6.6',
  '9.7.2',
  '9.8.1',
  '12.*.3',
  '13.*.1',
  '13.7.11',
]

/** How many standard cases there are in each section. */
const STANDARD: Record<string, number> = {
  ...{
    '1.1': 8,
    '1.2': 8,
    '2': 11,
    '3': 7,
    '4.1': 5,
    '4.2': 5,
    '5': 20,
    '6.1': 3,
    '6.2': 4,
    '6.3': 2,
    '6.4': 4,
  },
  ...{
    '6.5': 5,
    '6.6': 11,
    '6.7': 4,
    '6.8': 2,
    '6.9': 4,
    '6.10': 3,
    '6.11': 5,
    '6.12': 8,
    '6.13': 5,
    '6.14': 10,
  },
  ...{ '6.15': 1, '6.16': 3, '6.17': 5, '6.18': 5, '6.19': 5, '6.20': 7, '6.21': 8, '6.22': 34, '6.23': 7 },
  ...{ '7.1': 6, '7.3': 6, '7.5': 1, '7.7': 13, '7.9': 9, '7.13': 2, '9.1': 6, '9.2': 6, '9.3': 9, '9.4': 9 },
  ...{
    '9.5': 6,
    '9.6': 6,
    '9.7': 6,
    '9.8': 6,
    '10.1': 1,
    '12.1': 18,
    '12.2': 18,
    '12.3': 18,
    '12.4': 18,
    '12.5': 18,
  },
  ...{ '13.1': 18, '13.2': 18, '13.3': 18, '13.4': 18, '13.5': 18, '13.6': 18, '13.7': 18 },
}

async function startEcho(options: ServerOptions): Promise<{ url: string; close(): Promise<void> }> {
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    maxFragments: 0,
    maxBufferedChunks: 0,
    ...options,
  })
  server.on('connection', (socket) => {
    socket.on('error', () => {})
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
  })
  await once(server, 'listening')
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async close() {
      for (const socket of server.clients) socket.terminate()
      server.close()
      await once(server, 'close')
    },
  }
}

function withVerdict(report: Report, verdict: string): string[] {
  return report.cases
    .filter((entry) => entry.verdict === verdict || entry.closeVerdict === verdict)
    .map(({ id }) => id)
}

describe('the catalogue of the wire suite', () => {
  it('has every standard case once, and ids that nothing else has', () => {
    const ids = selectCases().map(({ id }) => id)
    assert.equal(new Set(ids).size, ids.length)
    const counts: Record<string, number> = {}
    for (const id of ids.filter((one) => /^\d/.test(one))) {
      const section = id.slice(0, id.lastIndexOf('.'))
      counts[section] = (counts[section] ?? 0) + 1
    }
    assert.deepEqual(counts, STANDARD)
    assert.equal(ids.filter((id) => /^\d/.test(id)).length, 517)
  })

  it('is selected by patterns, and an exclusion wins', () => {
    const ids = selectCases(['6.4.*,7.1.1', 'H.2.*'], ['6.4.2', '*.10']).map(({ id }) => id)
    assert.deepEqual(ids.slice(0, 4), ['6.4.1', '6.4.3', '6.4.4', '7.1.1'])
    assert.ok(ids.includes('H.2.1') && !ids.includes('H.2.10'))
  })
})

describe('the wire suite on a ws 8 server', () => {
  for (const perMessageDeflate of [false, true]) {
    it(`fails nothing with compression ${perMessageDeflate ? 'on' : 'off'}, and is as strict as the standard suite`, async () => {
      const server = await startEcho({ perMessageDeflate })
      try {
        const report = await runWire({ url: server.url, seed: SEED, exclude: HEAVY })
        assert.deepEqual(withVerdict(report, 'FAILED'), [])
        const standard = { ...report, cases: report.cases.filter(({ id }) => /^\d/.test(id)) }
        assert.deepEqual(withVerdict(standard, 'NON-STRICT'), ['6.4.1', '6.4.2', '6.4.3', '6.4.4'])
        assert.deepEqual(withVerdict(standard, 'INFORMATIONAL'), ['7.1.6', '7.13.1', '7.13.2'])
        const samples = await runWire({ url: server.url, seed: SEED, only: SAMPLES })
        const absent = samples.cases.filter(({ id }) => /^1[23]/.test(id)).map(({ id }) => id)
        assert.deepEqual(withVerdict(samples, 'FAILED'), [])
        assert.deepEqual(withVerdict(samples, 'UNIMPLEMENTED'), perMessageDeflate ? [] : absent)
        const own = report.cases.filter(({ id }) => id.startsWith('D.'))
        assert.ok(own.every(({ verdict }) => verdict === (perMessageDeflate ? 'OK' : 'UNIMPLEMENTED')))
      } finally {
        await server.close()
      }
    })
  }
})

describe('declared limits', () => {
  const LIMITED = ['1.1.8', '9.1.1', '9.1.2', '9.2.3', '9.3.1', '9.3.9', '9.4.6', '9.5.6', '6.2.3']
  let server: Awaited<ReturnType<typeof startEcho>>
  before(async () => {
    server = await startEcho({ maxPayload: 65_536, maxFragments: 100 })
  })
  after(() => server.close())

  it('turn a case beyond them into a check of 1009 or 1008, and leave the others as they are', async () => {
    const limits = { maxMessageBytes: 65_536, maxFragments: 100 }
    const report = await runWire({ url: server.url, seed: SEED, only: LIMITED, limits })
    assert.deepEqual(withVerdict(report, 'FAILED'), [])
    const limited = report.cases
      .filter(({ limit }) => limit !== undefined)
      .map(({ id, limit }) => `${id} ${limit}`)
    assert.deepEqual(limited, [
      '9.1.2 message-bytes',
      '9.2.3 message-bytes',
      '9.3.1 fragments',
      '9.3.9 message-bytes',
      '9.4.6 message-bytes',
      '9.5.6 message-bytes',
    ])
    assert.deepEqual(report.limits, limits)
  })

  it('fail a server that refuses without having declared them', async () => {
    const report = await runWire({ url: server.url, seed: SEED, only: ['9.1.1', '9.1.2', '9.3.1'] })
    assert.deepEqual(withVerdict(report, 'FAILED'), ['9.1.2', '9.3.1'])
  })

  it('fail a server that does not keep to what it declared', async () => {
    const limits = { maxMessageBytes: 1000, maxFragments: 10 }
    const report = await runWire({ url: server.url, seed: SEED, only: ['1.1.5', '1.1.6', '6.2.3'], limits })
    assert.deepEqual(withVerdict(report, 'FAILED'), ['1.1.6', '6.2.3'])
  })
})

describe('a run of the wire suite', () => {
  it('sends the same bytes for the same seed, and others for another, in whatever order', async () => {
    const server = await startEcho({})
    try {
      const sent = async (seed: number, concurrency: number) => {
        const report = await runWire({
          url: server.url,
          seed,
          concurrency,
          only: ['L.1.*', 'M.2.*', 'H.3.*'],
        })
        return report.cases.map(({ id, transcript }) => [
          id,
          transcript?.filter(({ kind }) => kind === 'sent').map(({ text }) => text),
        ])
      }
      const first = await sent(1, 1)
      assert.deepEqual(await sent(1, 8), first)
      assert.notDeepEqual(await sent(2, 8), first)
    } finally {
      await server.close()
    }
  })

  it('tells how far it is, once for each case', async () => {
    const server = await startEcho({})
    try {
      const seen: number[] = []
      await runWire({
        url: server.url,
        seed: SEED,
        only: ['1.*'],
        onProgress: ({ done, total }) => seen.push(done * 100 + total),
      })
      assert.deepEqual(
        seen,
        Array.from({ length: 16 }, (_, index) => (index + 1) * 100 + 16),
      )
    } finally {
      await server.close()
    }
  })

  it('waits in a case that shares the server as many times as long, but never longer than it is told', async () => {
    const server = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const waited = async (waits: RoundWaits): Promise<number> => {
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
      const random = createRandom(SEED, 'waits')
      const peer = new Peer({ role: 'client', socket, transcript: new Transcript(), random })
      const wait = new Promise<number>((resolve) => {
        peer.later = resolve
      })
      new Round(peer, random, {}, waits).closeAfter(1000)
      const waitMs = await wait
      peer.drop()
      return waitMs
    }
    assert.equal(await waited({}), 1000)
    assert.equal(await waited({ sharedBy: 8 }), 8000)
    assert.equal(await waited({ sharedBy: 8, maxMs: 3000 }), 3000)
    server.close()
  })

  it('says so when nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    await assert.rejects(runWire({ url: `ws://127.0.0.1:${port}/` }), TargetUnreachableError)
  })

  it('refuses a URL that is not one of a WebSocket', async () => {
    await assert.rejects(runWire({ url: 'http://127.0.0.1/' }), /does not begin with ws/)
    await assert.rejects(runWire({ url: 'nonsense' }), /is not a URL/)
  })
})
