import { type HeaderField, hostField } from '../handshake.js'
import type { HandshakeCase } from '../wire-case.js'
import {
  type Change,
  type HandshakePlan,
  handshakeSection,
  plus,
  withField,
  without,
} from './handshake-plan.js'
import {
  mustAccept,
  mustNameVersions,
  mustRefuse,
  mustRefuseMethod,
  mustSurvive,
} from './handshake-verdicts.js'

const KEY = 'Sec-WebSocket-Key'
const VERSION = 'Sec-WebSocket-Version'

function methods(): HandshakeCase[] {
  const refused = (method: string): HandshakePlan => ({
    title: `${method} instead of GET`,
    expectation: 'refused with 405 and Allow',
    judge: mustRefuseMethod,
    requestLine: ({ target }) => `${method} ${target.path} HTTP/1.1`,
  })
  const version = (httpVersion: string): HandshakePlan => ({
    title: `${httpVersion} instead of HTTP/1.1`,
    expectation: 'refused; not strict when it is accepted',
    judge: mustRefuse([400, 426, 505], 'NON-STRICT'),
    requestLine: ({ target }) => `GET ${target.path} ${httpVersion}`,
  })
  return handshakeSection(1, 'method', [
    { title: 'a valid handshake', expectation: '101, right in every field', judge: mustAccept },
    ...['POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD'].map(refused),
    version('HTTP/1.0'),
    { ...version('HTTP/9.9'), expectation: 'refused', judge: mustRefuse([400, 505], 'FAILED') },
    {
      title: 'a method that does not exist',
      expectation: 'refused with 400, 405 or 501',
      judge: mustRefuse([400, 405, 501]),
      requestLine: ({ target }) => `ECHO ${target.path} HTTP/1.1`,
    },
  ])
}

function versions(): HandshakeCase[] {
  const expectation = 'refused with 426 and Sec-WebSocket-Version: 13; 400 with it is not strict'
  const one = (value: string, acceptedIs: 'FAILED' | 'NON-STRICT' = 'FAILED'): HandshakePlan => ({
    title: `version ${value === '' ? 'that is empty' : value}`,
    expectation,
    judge: mustNameVersions(acceptedIs),
    change: withField(VERSION, value),
  })
  return handshakeSection(2, 'version', [
    ...['0', '7', '12', '14', '25', '255', '-13', 'abc', ''].map((value) => one(value)),
    { ...one('8', 'NON-STRICT'), expectation: `${expectation}, and so is to speak it` },
    { title: 'no version', expectation, judge: mustNameVersions('FAILED'), change: without(VERSION) },
  ])
}

function keys(): HandshakeCase[] {
  const refused = (title: string, change: Change): HandshakePlan => ({
    title,
    expectation: 'refused with 400',
    judge: mustRefuse([400]),
    change,
  })
  const bytes =
    (length: number): Change =>
    (fields, probe) =>
      withField(KEY, probe.random.bytes(length).toString('base64'))(fields, probe)
  return handshakeSection(3, 'key', [
    refused('no key', without(KEY)),
    refused('an empty key', withField(KEY, '')),
    refused('a key of 15 bytes', bytes(15)),
    refused('a key of 17 bytes', bytes(17)),
    refused('a key of 64 bytes', bytes(64)),
    refused('a key that is not base64', withField(KEY, '????????????????????????')),
    refused('a key without its padding', withField(KEY, 'dGhlIHNhbXBsZSBub25jZQ')),
    refused('two keys', (fields, { random }) => [...fields, [KEY, random.bytes(16).toString('base64')]]),
    {
      title: 'the key of the example in RFC 6455',
      expectation: '101 with the accept value of the example',
      judge: mustAccept,
      change: withField(KEY, 'dGhlIHNhbXBsZSBub25jZQ=='),
    },
  ])
}

function upgradeFields(): HandshakeCase[] {
  const refused = (title: string, best: readonly number[], change: Change): HandshakePlan => ({
    title,
    expectation: `refused with ${best.join(' or ')}`,
    judge: mustRefuse(best),
    change,
  })
  const accepted = (title: string, change: Change): HandshakePlan => ({
    title,
    expectation: '101',
    judge: mustAccept,
    change,
  })
  const notUpgraded = (title: string, change: Change): HandshakePlan => ({
    title,
    expectation: 'an ordinary answer, best 426 or 400, but no 101',
    judge: async (exchange, probe) =>
      exchange.response?.status === 101
        ? { verdict: 'FAILED', note: 'accepted with 101, though no upgrade to websocket was asked for' }
        : mustSurvive(exchange, probe),
    change,
  })
  const lower: Change = (fields) => fields.map(([name, value]): HeaderField => [name.toLowerCase(), value])
  return handshakeSection(4, 'Upgrade, Connection and Host', [
    notUpgraded('no Upgrade', without('Upgrade')),
    notUpgraded('no Upgrade and no Connection', (fields) =>
      fields.filter(([name]) => !/^(upgrade|connection)$/i.test(name)),
    ),
    notUpgraded('no Connection', without('Connection')),
    notUpgraded('Connection: keep-alive', withField('Connection', 'keep-alive')),
    notUpgraded('Upgrade: h2c', withField('Upgrade', 'h2c')),
    accepted('Upgrade: WebSocket', withField('Upgrade', 'WebSocket')),
    accepted('Connection: keep-alive, Upgrade', withField('Connection', 'keep-alive, Upgrade')),
    accepted('Connection: upgrade', withField('Connection', 'upgrade')),
    accepted('field names in lower case', lower),
    { title: 'the request one byte at a time', expectation: '101', judge: mustAccept, chopBytes: 1 },
    {
      title: 'no Host',
      expectation: 'refused with 400; not strict when it is accepted',
      judge: mustRefuse([400], 'NON-STRICT'),
      change: without('Host'),
    },
    {
      title: 'two Hosts',
      expectation: 'refused with 400; not strict when it is accepted',
      judge: mustRefuse([400], 'NON-STRICT'),
      change: (fields, { target }) => [...fields, ['Host', hostField(target)]],
    },
    {
      title: 'Host: [',
      expectation: 'an answer, no 5xx',
      judge: mustSurvive,
      change: withField('Host', '['),
    },
    refused('a field with a control character', [400], plus(['X-Bad', 'a\x00b'])),
    refused('a field name with a space', [400], plus(['X Bad', 'b'])),
  ])
}

/** Sections H.1 to H.4: the request and the fields that make it a handshake. */
export function handshakeRequestCases(): HandshakeCase[] {
  return [...methods(), ...versions(), ...keys(), ...upgradeFields()]
}
