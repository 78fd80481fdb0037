import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import {
  type ClientJudge,
  type ClientJudgeOptions,
  createClientJudge,
  type Report,
} from '@echosession/conformance/wire'
import { type ClientOptions, WebSocket } from 'ws'

const SEED = 20_260_103

interface Driver {
  readonly options?: ClientOptions
  readonly echo: (socket: WebSocket, data: Buffer, isBinary: boolean) => void
}

/** Resolves when a socket is closed, whatever errors it met on the way. */
function closed(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()))
}

/** Plays all cases as drivers of WebSocket clients do, eight at a time. */
async function drive(judge: ClientJudge, { options = {}, echo }: Driver): Promise<Report> {
  const open = (path: string) => {
    const socket = new WebSocket(judge.url + path, { perMessageDeflate: false, maxFragments: 0, ...options })
    socket.on('error', () => {})
    return socket
  }
  const [count] = await once(open('/getCaseCount'), 'message')
  assert.equal(JSON.parse(String(count)), judge.caseCount)
  let next = 1
  const work = async () => {
    while (next <= judge.caseCount) {
      const socket = open(`/runCase?case=${next}&agent=driver`)
      next += 1
      socket.on('message', (data: Buffer, isBinary) => echo(socket, data, isBinary))
      await closed(socket)
    }
  }
  await Promise.all(Array.from({ length: 8 }, work))
  await once(open('/updateReports?agent=driver'), 'close')
  const [report] = judge.reports()
  assert.ok(report !== undefined)
  return report
}

async function judged(options: ClientJudgeOptions, driver: Driver): Promise<Report> {
  const judge = await createClientJudge({ seed: SEED, ...options })
  try {
    return await drive(judge, driver)
  } finally {
    await judge.close()
  }
}

function failed(report: Report): string[] {
  return report.cases
    .filter((entry) => entry.verdict === 'FAILED' || entry.closeVerdict === 'FAILED')
    .map(({ id }) => id)
}

const ECHO: Driver = { echo: (socket, data, isBinary) => socket.send(data, { binary: isBinary }) }

describe('the wire suite as a server that judges clients', () => {
  it('fails nothing on a ws 8 client, in everything but chapters 9, 12 and 13', async () => {
    const report = await judged({ exclude: ['9.*', '12.*', '13.*'] }, ECHO)
    assert.deepEqual(failed(report), [])
    assert.equal(report.suite, 'wire-client')
    assert.equal(report.target.name, 'driver')
    assert.ok(report.cases.length > 340)
    assert.ok(report.cases.every(({ id }) => !id.startsWith('H.')))
  })

  it('agrees on compression when the client offers it, and says when it does not', async () => {
    const only = ['12.*.2', '13.1.1', '13.2.1', '13.7.2']
    const on = await judged({ only }, { ...ECHO, options: { perMessageDeflate: true } })
    assert.deepEqual(
      on.cases.filter(({ verdict }) => verdict !== 'OK'),
      [],
    )
    const off = await judged({ only }, ECHO)
    assert.ok(
      off.cases.every(({ verdict, closeVerdict }) => verdict === 'UNIMPLEMENTED' && closeVerdict === 'OK'),
    )
  })

  it('fails a client that sends text back as binary, in the cases with text', async () => {
    const report = await judged(
      { only: ['1.*', '2.*'] },
      { echo: (socket, data) => socket.send(data, { binary: true }) },
    )
    assert.deepEqual(failed(report), ['1.1.1', '1.1.2', '1.1.3', '1.1.4', '1.1.5', '1.1.6', '1.1.7', '1.1.8'])
  })

  it('fails a client that sends no pong, in the cases with pings', async () => {
    const report = await judged({ only: ['1.*', '2.*'] }, { ...ECHO, options: { autoPong: false } })
    assert.deepEqual(failed(report), ['2.1', '2.2', '2.3', '2.4', '2.6', '2.9', '2.10', '2.11'])
  })

  it('checks the limits that a client declares', async () => {
    const options = { only: ['9.1.1', '9.1.2'], limits: { maxMessageBytes: 100_000 } }
    const report = await judged(options, { ...ECHO, options: { maxPayload: 100_000 } })
    assert.deepEqual(failed(report), [])
    assert.deepEqual(
      report.cases.map(({ limit }) => limit),
      [undefined, 'message-bytes'],
    )
  })

  it('tells about a case, and gives the reports to who asked for them', async () => {
    const handed: (readonly Report[])[] = []
    const judge = await createClientJudge({
      seed: SEED,
      only: ['1.1.1'],
      onReports: (reports) => handed.push(reports),
    })
    try {
      const [info] = await once(new WebSocket(`${judge.url}/getCaseInfo?case=1`), 'message')
      assert.equal(JSON.parse(String(info)).id, '1.1.1')
      await drive(judge, ECHO)
      const [status] = await once(new WebSocket(`${judge.url}/getCaseStatus?case=1&agent=driver`), 'message')
      assert.deepEqual(JSON.parse(String(status)), { behavior: 'OK' })
      assert.equal(handed.length, 1)
    } finally {
      await judge.close()
    }
  })
})
