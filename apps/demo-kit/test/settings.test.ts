import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readSettings, StartError } from '../dist/index.js'

describe('settings', () => {
  it('KIT-1 has safe defaults when nothing is set', () => {
    assert.deepEqual(readSettings({}, 8081), {
      port: 8081,
      host: '127.0.0.1',
      token: 'demo',
      relay: undefined,
      options: {},
    })
  })

  it('KIT-2 reads every variable', () => {
    const env = {
      PORT: '0',
      HOST: '::1',
      DEMO_TOKEN: 'abc.DEF~+/-_=',
      MAX_CONNECTIONS: 'Infinity',
      MAX_MESSAGE_BYTES: '65536',
      MAX_FRAGMENTS: '16',
      HEARTBEAT_INTERVAL_MS: '0',
      PRESENCE_TIMEOUT_MS: '2000',
      RELAY: 'redis://user:secret@127.0.0.1:6379/1',
      COMPRESSION: '1',
      ALLOWED_ORIGINS: 'https://a.example, same-origin',
      UNRELATED: 'left alone',
    }
    assert.deepEqual(readSettings(env, 1), {
      port: 0,
      host: '::1',
      token: 'abc.DEF~+/-_=',
      relay: 'redis://user:secret@127.0.0.1:6379/1',
      options: {
        maxConnections: Number.POSITIVE_INFINITY,
        maxMessageBytes: 65_536,
        maxFragments: 16,
        heartbeatIntervalMs: 0,
        presenceTimeoutMs: 2_000,
        compression: true,
        allowedOrigins: ['https://a.example', 'same-origin'],
      },
    })
  })

  it('KIT-3 reads COMPRESSION=0 and every origin', () => {
    const { options } = readSettings({ COMPRESSION: '0', ALLOWED_ORIGINS: '*' }, 1)
    assert.deepEqual(options, { compression: false, allowedOrigins: '*' })
  })

  for (const [name, value] of [
    ['PORT', '-1'],
    ['PORT', '1.5'],
    ['PORT', '0x50'],
    ['PORT', ' 80'],
    ['PORT', '80 '],
    ['PORT', 'Infinity'],
    ['HOST', ''],
    ['HOST', 'http://127.0.0.1'],
    ['DEMO_TOKEN', 'two words'],
    ['DEMO_TOKEN', 'a;b'],
    ['MAX_CONNECTIONS', '0'],
    ['MAX_CONNECTIONS', '2.5'],
    ['MAX_MESSAGE_BYTES', '2147483648'],
    ['MAX_MESSAGE_BYTES', 'Infinity'],
    ['MAX_FRAGMENTS', 'NaN'],
    ['HEARTBEAT_INTERVAL_MS', '86400001'],
    ['PRESENCE_TIMEOUT_MS', '99'],
    ['RELAY', ''],
    ['RELAY', 'redis'],
    ['RELAY', 'redis://'],
    ['RELAY', '127.0.0.1:6379'],
    ['RELAY', 'http://127.0.0.1:6379'],
    ['COMPRESSION', 'true'],
    ['FAST_PATH', 'no'],
    ['COMPRESSION', ''],
    ['ALLOWED_ORIGINS', ''],
    ['ALLOWED_ORIGINS', 'https://a.example/'],
    ['ALLOWED_ORIGINS', 'https://a.example,'],
    ['ALLOWED_ORIGINS', 'https://a.example,*'],
    ['ALLOWED_ORIGINS', 'HTTPS://A.EXAMPLE'],
    ['ALLOWED_ORIGINS', 'null'],
  ] as const) {
    it(`KIT-4 refuses ${name}=${JSON.stringify(value)} in one sentence with its name, its value and what is allowed`, () => {
      assert.throws(
        () => readSettings({ [name]: value }, 1),
        (error) => {
          assert.ok(error instanceof StartError)
          assert.ok(
            error.message.startsWith(`${name} is ${JSON.stringify(value)}; allowed is `),
            error.message,
          )
          assert.match(error.message, /^[^\n]+\.$/)
          return true
        },
      )
    })
  }

  it('KIT-5 shows no password of a RELAY that is refused', () => {
    assert.throws(() => readSettings({ RELAY: 'amqp://user:secret@127.0.0.1' }, 1), {
      message:
        'RELAY is "amqp://***@127.0.0.1"; allowed is the address of a server, such as redis://127.0.0.1:6379 or nats://127.0.0.1:4222.',
    })
  })
})
