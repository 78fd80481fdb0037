import assert from 'node:assert/strict'
import { encodeFrame, Opcode, RawConnection, until } from '@echosession/probe'
import { define, echo, type Fault, type Stage } from './stage.js'

type Send = (client: RawConnection) => void

/** Sends something wrong on a connection of its own, and reads the close code that comes back. */
async function codesOf(stage: Stage, sends: readonly Send[]): Promise<number[]> {
  const got: string[] = []
  const host = await stage.mount({
    routes: { '/ws': define({ message: (_session, message) => void got.push(message.text()) }) },
  })
  const codes: number[] = []
  for (const send of sends) {
    const client = await RawConnection.upgrade(host, '/ws')
    send(client)
    // Nothing behind a broken frame counts.
    client.send(Opcode.text, 'afterwards')
    codes.push((await client.closed()).code)
    await client.gone()
  }
  assert.deepEqual(got, [], 'no handler has seen anything of it')
  await until(() => host.sessions.size === 0, 'the end of every session')
  const { closedByCode } = host.sessions.counters()
  assert.deepEqual(
    Object.keys(closedByCode).map(Number),
    [...new Set(codes)].sort(),
    'counted by the same code',
  )
  return codes
}

function all(code: number, sends: readonly Send[]): number[] {
  return sends.map(() => code)
}

const PROTOCOL: readonly Send[] = [
  (client) => client.send(Opcode.text, 'a', { masked: false }),
  ...[1, 2, 4, 7].map(
    (rsv): Send =>
      (client) =>
        client.send(Opcode.text, 'a', { rsv }),
  ),
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map(
    (opcode): Send =>
      (client) =>
        client.send(opcode, 'a'),
  ),
  ...[Opcode.close, Opcode.ping, Opcode.pong].map(
    (opcode): Send =>
      (client) =>
        client.send(opcode, '', { fin: false }),
  ),
  ...[Opcode.close, Opcode.ping, Opcode.pong].map(
    (opcode): Send =>
      (client) =>
        client.send(opcode, Buffer.alloc(126)),
  ),
  (client) => client.send(Opcode.continuation, 'a'),
  (client) => {
    client.send(Opcode.text, 'a', { fin: false })
    client.send(Opcode.text, 'b')
  },
]

const NOT_UTF8 = Buffer.from([0xce, 0xba, 0xe1, 0xbd, 0xb9, 0xcf, 0x83, 0xed, 0xa0, 0x80])
const UTF8: readonly Send[] = [
  (client) => client.send(Opcode.text, NOT_UTF8),
  (client) => client.send(Opcode.text, Buffer.from([0xf4, 0x90, 0x80, 0x80])),
  (client) => client.send(Opcode.text, Buffer.from([0xc0, 0x80])),
  (client) => client.send(Opcode.text, Buffer.from([0xe2, 0x82])),
  (client) => client.close(1000, Buffer.from([0xff])),
  (client) => {
    client.send(Opcode.text, Buffer.from([0xe2]), { fin: false })
    client.send(Opcode.continuation, Buffer.from([0x82]), { fin: false })
    client.send(Opcode.continuation, Buffer.from([0xff]))
  },
]

const CLOSE_CODES = [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535]
const CLOSES: readonly Send[] = [
  ...CLOSE_CODES.map(
    (code): Send =>
      (client) =>
        client.close(code),
  ),
  (client) => client.send(Opcode.close, 'x'),
]

/** Rows of the catalogue about frames that are wrong, and about what is said in closing. */
export const frameFaults: readonly Fault[] = [
  {
    row: 'P1',
    title: 'a frame that breaks the protocol ends its session with 1002',
    run: async (stage) => assert.deepEqual(await codesOf(stage, PROTOCOL), all(1002, PROTOCOL)),
  },
  {
    row: 'P2',
    title: 'text that is not UTF-8 ends its session with 1007, in one frame, in fragments and in a reason',
    run: async (stage) => assert.deepEqual(await codesOf(stage, UTF8), all(1007, UTF8)),
  },
  {
    row: 'P3',
    title: 'a close code that must not be sent, or half of one, ends its session with 1002',
    run: async (stage) => assert.deepEqual(await codesOf(stage, CLOSES), all(1002, CLOSES)),
  },
  {
    row: 'P3',
    title: 'a close code that may be sent comes back and is reported as it is',
    async run(stage) {
      const seen: string[] = []
      const host = await stage.mount({
        routes: {
          '/ws': define({
            close: (_session, { code, reason, clean }) => void seen.push(`${code} ${reason} ${clean}`),
          }),
        },
      })
      const codes = [1000, 1001, 1003, 1007, 1011, 1014, 3000, 4999]
      for (const code of codes) {
        const client = await RawConnection.upgrade(host, '/ws')
        client.close(code, 'näh')
        assert.equal((await client.closed()).code, code)
        await client.gone()
      }
      const client = await RawConnection.upgrade(host, '/ws')
      client.close()
      assert.equal((await client.closed()).code, 1005)
      await client.gone()
      await until(() => seen.length === codes.length + 1, 'every close')
      assert.deepEqual(seen, [...codes.map((code) => `${code} näh true`), '1005  true'])
    },
  },
  {
    row: 'P4',
    title: 'a header that announces 90 MiB, and then silence, is a 1009 at once',
    async run(stage) {
      const host = await stage.mount({ routes: { '/ws': echo } })
      for (const announced of [
        1_048_577n,
        90n * 1_048_576n,
        2n ** 31n,
        2n ** 32n,
        2n ** 53n - 1n,
        2n ** 53n,
        2n ** 63n - 1n,
      ]) {
        const client = await RawConnection.upgrade(host, '/ws')
        client.send(Opcode.binary, '', { announced })
        assert.equal((await client.closed()).code, 1009, `${announced} bytes`)
        await client.gone()
      }
      const client = await RawConnection.upgrade(host, '/ws')
      client.send(Opcode.binary, Buffer.alloc(1_048_576))
      assert.equal((await client.next())?.payload.length, 1_048_576, 'the limit itself passes')
      client.close(1000)
      await client.gone()
    },
  },
  {
    row: 'P4',
    title: 'a message that is never finished is a 1008 at its deadline, whichever part of it is missing',
    async run(stage) {
      const host = await stage.mount({ routes: { '/ws': echo }, options: { messageTimeoutMs: 60 } })
      const whole = encodeFrame(Opcode.text, 'a'.repeat(200))
      const starts = [
        whole.subarray(0, 1),
        whole.subarray(0, 3),
        whole.subarray(0, 7),
        whole.subarray(0, 50),
        encodeFrame(Opcode.text, 'a', { fin: false }),
      ]
      const clients = await Promise.all(starts.map(() => RawConnection.upgrade(host, '/ws')))
      for (const [index, client] of clients.entries()) client.write(starts[index] as Buffer)
      for (const [index, client] of clients.entries()) {
        assert.equal((await client.closed()).code, 1008, `start ${index}`)
        client.close(1008)
        client.socket.end()
        await client.gone()
      }
    },
  },
  {
    row: 'R6',
    title:
      'a code that may not be sent is a TypeError for its caller alone; a reason is cut between characters',
    async run(stage) {
      const errors: unknown[] = []
      const host = await stage.mount({
        routes: {
          '/ws': define({
            message(session, message) {
              const [code, reason] = message.json() as [number, string]
              try {
                session.close(code, reason)
              } catch (error) {
                errors.push(error)
                session.send('TypeError')
              }
            },
          }),
        },
      })
      const client = await RawConnection.upgrade(host, '/ws')
      const bad = [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 1000.5, '1000', null]
      for (const code of bad) {
        client.send(Opcode.text, JSON.stringify([code, '']))
        assert.equal(await client.message(), 'TypeError', `close(${code})`)
      }
      assert.equal(errors.length, bad.length)
      for (const error of errors) assert.ok(error instanceof TypeError)
      client.send(Opcode.text, JSON.stringify([4000, 'ü€😀'.repeat(30)]))
      const { code, reason } = await client.closed()
      assert.equal(code, 4000)
      assert.ok(Buffer.byteLength(reason) <= 123 && Buffer.byteLength(reason) > 119)
      assert.ok('ü€😀'.repeat(30).startsWith(reason), 'no character is cut in two')
      client.close(4000)
      await client.gone()
    },
  },
]
