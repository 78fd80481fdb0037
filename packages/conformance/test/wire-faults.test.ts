import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, it } from 'node:test'
import { type CaseReport, type Report, runWire, selectCases } from '@echosession/conformance'
import { acceptFor } from '../dist/wire/handshake.js'
import { EXPECTED_FAILURES } from './faulty-servers/expectations.js'
import { FAULTS, type Fault } from './faulty-servers/fault.js'
import { startRawServer } from './faulty-servers/raw-server.js'

const HEAVY = ['9.*', '12.*', '13.*', 'D.*']
const SEED = 20_260_101

/** What is run for a fault when it is not everything; a server that stops serving fails whatever comes after. */
const ONLY: Partial<Record<Fault, readonly string[]>> = {
  'does not serve anybody after a large field': ['H.5.21', 'H.5.22', 'H.5.23'],
}

async function judge(fault?: Fault): Promise<Report> {
  const server = await startRawServer(fault)
  try {
    const only = fault === undefined ? undefined : ONLY[fault]
    return await runWire({
      url: server.url,
      exclude: HEAVY,
      seed: SEED,
      timeoutMs: 1500,
      concurrency: only === undefined ? 24 : 1,
      ...(only === undefined ? {} : { only }),
    })
  } finally {
    await server.close()
  }
}

function isFailed({ verdict, closeVerdict }: CaseReport): boolean {
  return verdict === 'FAILED' || closeVerdict === 'FAILED'
}

function expand(patterns: readonly string[]): string[] {
  const wanted = patterns.flatMap((pattern) => pattern.split(' '))
  return wanted.length === 0 ? [] : selectCases(wanted, HEAVY).map(({ id }) => id)
}

describe('a raw server with one fault fails the cases about it, and no others', { concurrency: 6 }, () => {
  it('without a fault nothing fails and nothing is less than strict', async () => {
    const report = await judge()
    const odd = report.cases.filter((entry) => entry.verdict !== 'OK' && entry.verdict !== 'INFORMATIONAL')
    assert.deepEqual(odd, [])
    const ids = report.cases.filter(({ verdict }) => verdict === 'INFORMATIONAL').map(({ id }) => id)
    assert.deepEqual(ids, ['7.1.6', '7.13.1', '7.13.2', 'H.8.1', 'H.8.2', 'H.8.3', 'H.8.4', 'H.8.5'])
  })

  for (const fault of FAULTS) {
    it(`a server that ${fault}`, async () => {
      const report = await judge(fault)
      const failed = report.cases.filter(isFailed)
      assert.deepEqual(
        failed.map(({ id }) => id),
        expand(EXPECTED_FAILURES[fault]),
      )
      for (const { id, note, closeNote, transcript } of failed) {
        assert.ok((note ?? closeNote ?? '') !== '', `${id} says why`)
        assert.ok((transcript?.length ?? 0) > 0, `${id} shows what went over the wire`)
      }
    })
  }

  it('a server that checks UTF-8 at the end only is not strict in 6.4', async () => {
    const report = await judge('checks UTF-8 at the end only')
    const lax = report.cases.filter(({ verdict }) => verdict === 'NON-STRICT').map(({ id }) => id)
    assert.deepEqual(lax, ['6.4.1', '6.4.2', '6.4.3', '6.4.4'])
  })
})

describe('a server that answers before it has read everything, and resets the rest', () => {
  /** Answers a request of so many bytes with 431, but resets so many of their connections before. */
  async function judgeResets(id: string, bytes: number, resets: number) {
    let asked = 0
    const server = createServer((socket) => {
      let text = ''
      socket.on('error', () => {})
      socket.on('data', (piece) => {
        text += piece.toString('latin1')
        const key = /Sec-WebSocket-Key: (.*)\r\n/.exec(text)?.[1]
        if (text.length > bytes) {
          socket.removeAllListeners('data')
          asked += 1
          if (asked <= resets) socket.resetAndDestroy()
          else socket.end('HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n')
        } else if (text.endsWith('\r\n\r\n')) {
          const fields = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptFor(key ?? '')}`
          socket.end(`HTTP/1.1 101 Switching Protocols\r\n${fields}\r\n\r\n`)
        }
      })
      socket.resume()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    try {
      const { port } = server.address() as AddressInfo
      const { cases } = await runWire({ url: `ws://127.0.0.1:${port}/`, only: [id], seed: SEED })
      return { verdict: cases[0]?.verdict, note: cases[0]?.note, asked }
    } finally {
      server.close()
    }
  }

  it('is asked again, for the answer may be lost with the connection', async () => {
    assert.deepEqual(await judgeResets('H.5.22', 8_192, 3), {
      verdict: 'OK',
      note: 'answered with 431 Request Header Fields Too Large',
      asked: 4,
    })
  })

  it('is not strict when no answer ever comes', async () => {
    assert.deepEqual(await judgeResets('H.5.22', 8_192, Number.POSITIVE_INFINITY), {
      verdict: 'NON-STRICT',
      note: 'TCP ended without an answer; 400 or 404 tells what is wrong',
      asked: 4,
    })
  })

  it('is not asked again when the request left in one write', async () => {
    assert.deepEqual(await judgeResets('H.1.1', 0, 1), {
      verdict: 'FAILED',
      note: 'TCP ended without an answer; expected 101',
      asked: 1,
    })
  })
})
