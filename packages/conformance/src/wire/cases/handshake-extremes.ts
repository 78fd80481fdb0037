import { type HeaderField, hostField } from '../handshake.js'
import type { Probe } from '../probe.js'
import type { HandshakeCase } from '../wire-case.js'
import { type Change, type HandshakePlan, handshakeSection, plus } from './handshake-plan.js'
import {
  type HandshakeJudge,
  mustAccept,
  mustNotAnswerWith,
  mustRefuse,
  mustSurvive,
  onlyRecord,
} from './handshake-verdicts.js'

const PROTOCOL = 'Sec-WebSocket-Protocol'
const EXTENSIONS = 'Sec-WebSocket-Extensions'

function fillers(count: number): HeaderField[] {
  return Array.from({ length: count }, (_, index): HeaderField => [`x${index}`, 'y'])
}

function sizes(): HandshakeCase[] {
  const expectation = 'accepted, or refused with 431, 413 or 400; the target still serves others'
  const survives = (title: string, change: Change): HandshakePlan => ({
    title,
    expectation,
    judge: mustSurvive,
    change,
  })
  const counts = [100, 500, 1000, 1990, 1995, 2000, 2005, 2100]
  return handshakeSection(5, 'number and size of fields', [
    { ...survives('100 short fields', plus(...fillers(95))), expectation: '101', judge: mustAccept },
    ...counts.map((count) =>
      survives(`${count} fields, those of the handshake first`, plus(...fillers(count - 5))),
    ),
    ...counts.map((count) =>
      survives(`${count} fields, those of the handshake last`, (fields) => [
        ...fillers(count - 5),
        ...fields,
      ]),
    ),
    ...[4, 8, 16, 64, 256].map((kib) =>
      survives(`a field of ${kib} KiB`, plus(['X-Large', 'y'.repeat(kib * 1024)])),
    ),
    survives('a field name of 8 KiB', plus(['x'.repeat(8192), 'y'])),
  ])
}

function targets(): HandshakeCase[] {
  const list: readonly (readonly [string, string])[] = [
    ['//', '//'],
    ['http://[/', 'http://[/'],
    ['%', '/%'],
    ['%zz', '/%zz'],
    ['%00', '/%00'],
    ['an absolute target', 'http://example.com/'],
    ['*', '*'],
    ['a path of 8 KiB', `/${'p'.repeat(8191)}`],
    ['a query of 8 KiB', `/?${'q'.repeat(8190)}`],
    ['dots', '/../../etc/passwd'],
    ['a backslash', '/\\..\\'],
    ['a fragment', '/#fragment'],
    ['bytes beyond ASCII', '/\xff\xfe'],
    ['@ and ://', '/@://:@//'],
    ['__proto__', '/__proto__?__proto__[x]=1&constructor=1'],
  ]
  return handshakeSection(
    6,
    'request targets',
    list.map(([title, path]) => ({
      title,
      expectation: 'an answer, no 5xx; the target still serves others',
      judge: mustSurvive,
      requestLine: () => `GET ${path} HTTP/1.1`,
    })),
  )
}

function bodies(): HandshakeCase[] {
  const refused: Omit<HandshakePlan, 'title'> = {
    expectation: 'refused with 400; not strict when it is accepted',
    judge: mustRefuse([400, 413], 'NON-STRICT'),
  }
  return handshakeSection(7, 'bytes behind the header', [
    {
      ...refused,
      title: 'Content-Length: 5 and five bytes',
      change: plus(['Content-Length', '5']),
      body: () => Buffer.from('hello'),
    },
    {
      ...refused,
      title: 'a chunked body',
      change: plus(['Transfer-Encoding', 'chunked']),
      body: () => Buffer.from('5\r\nhello\r\n0\r\n\r\n'),
    },
    {
      title: 'Content-Length: 0',
      expectation: '101',
      judge: mustAccept,
      change: plus(['Content-Length', '0']),
    },
    {
      title: 'a second request behind the first',
      expectation: 'the first one is answered; the target still serves others',
      judge: mustSurvive,
      body: ({ target }) => Buffer.from(`GET ${target.path} HTTP/1.1\r\nHost: ${hostField(target)}\r\n\r\n`),
    },
  ])
}

function origins(): HandshakeCase[] {
  const one = (title: string, value: (probe: Probe) => string): HandshakePlan => ({
    title,
    expectation: 'only recorded: whom to let in is for the server to say',
    judge: onlyRecord,
    change: (fields, probe) => [...fields, ['Origin', value(probe)]],
  })
  return handshakeSection(8, 'origin', [
    one(
      'the origin of the target',
      ({ target }) => `${target.isSecure ? 'https' : 'http'}://${hostField(target)}`,
    ),
    one('a foreign origin', () => 'https://foreign.example'),
    one('the origin null', () => 'null'),
    one(
      'an origin with the host of the target as its prefix',
      ({ target }) => `http://${target.host}.foreign.example`,
    ),
    one('an origin that is no URL', () => '://'),
  ])
}

function offers(): HandshakeCase[] {
  const offer = (name: string, value: string): HandshakePlan => ({
    title: `${name}: ${value}`,
    expectation: 'accepted without it, or refused with 4xx; the target still serves others',
    judge: name === EXTENSIONS ? mustNotAnswerWith(EXTENSIONS.toLowerCase()) : mustNotAnswerUnoffered(value),
    change: plus([name, value]),
  })
  const survives = (name: string, value: string): HandshakePlan => ({
    title: `${name}: ${value === '' ? '(empty)' : value}`,
    expectation: 'an answer, no 5xx; the target still serves others',
    judge: mustSurvive,
    change: plus([name, value]),
  })
  return handshakeSection(9, 'subprotocols and extensions', [
    {
      title: 'nothing offered',
      expectation: '101 without a subprotocol',
      judge: mustNotAnswerWith(PROTOCOL.toLowerCase()),
    },
    offer(PROTOCOL, 'unknown.example'),
    offer(PROTOCOL, 'one, two, three'),
    ...['', 'a, a', 'a b', ',', '__proto__', 'constructor'].map((value) => survives(PROTOCOL, value)),
    offer(EXTENSIONS, 'x-unknown'),
    offer(EXTENSIONS, 'x-unknown; a=1, y-unknown; b="2"'),
    offer(EXTENSIONS, '__proto__'),
    offer(EXTENSIONS, 'constructor, toString'),
    ...[
      ';;',
      'permessage-deflate; server_max_window_bits=99',
      'permessage-deflate; server_max_window_bits',
    ].map((value) => survives(EXTENSIONS, value)),
    survives(EXTENSIONS, 'permessage-deflate; client_max_window_bits="10'),
    survives(EXTENSIONS, 'permessage-deflate; x=1; x=1'),
    survives(EXTENSIONS, `permessage-deflate; ${'a'.repeat(4000)}`),
  ])
}

/** A subprotocol in the answer must be one of those offered (RFC 6455 section 4.2.2). */
function mustNotAnswerUnoffered(offered: string): HandshakeJudge {
  return async (exchange, probe) => {
    const chosen = exchange.response?.fields.filter(([name]) => name === PROTOCOL.toLowerCase()) ?? []
    if (exchange.response?.status !== 101) return mustSurvive(exchange, probe)
    const names = offered.split(',').map((name) => name.trim())
    const [first] = chosen
    if (chosen.length > 1 || (first !== undefined && !names.includes(first[1]))) {
      return {
        verdict: 'FAILED',
        note: `the answer chooses ${chosen.map(([, value]) => value).join(' and ')}`,
      }
    }
    return mustAccept(exchange, probe)
  }
}

/** Sections H.5 to H.9: sizes, targets, bodies, origins, and what is offered. */
export function handshakeExtremeCases(): HandshakeCase[] {
  return [...sizes(), ...targets(), ...bodies(), ...origins(), ...offers()]
}
