import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressKey, canonicalAddress, forwardedAddress } from '../dist/remote-address.js'

const canonical: readonly [string, string][] = [
  ['127.0.0.1', '127.0.0.1'],
  ['::ffff:127.0.0.1', '127.0.0.1'],
  ['::FFFF:127.0.0.1', '127.0.0.1'],
  ['::ffff:7f00:1', '127.0.0.1'],
  ['0:0:0:0:0:ffff:127.0.0.1', '127.0.0.1'],
  ['[::ffff:127.0.0.1]', '127.0.0.1'],
  ['::1', '::1'],
  ['0:0:0:0:0:0:0:1', '::1'],
  ['2001:DB8::00A', '2001:db8::a'],
  ['2001:0db8:0000:0000:0000:0000:0000:000a', '2001:db8::a'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  // What is no address stays as it is.
  ['', ''],
  ['/run/app.sock', '/run/app.sock'],
  ['::ffff:999.0.0.1', '::ffff:999.0.0.1'],
]

for (const [address, expected] of canonical) {
  test(`H15: the one spelling of ${JSON.stringify(address)} is ${JSON.stringify(expected)}`, () => {
    assert.equal(canonicalAddress(address), expected)
  })
}

const forwarded: readonly [string, string | undefined, number, string][] = [
  // Believed from nobody by default.
  ['10.0.0.1', '6.6.6.6', 0, '10.0.0.1'],
  ['10.0.0.1', undefined, 1, '10.0.0.1'],
  ['10.0.0.1', '', 1, '10.0.0.1'],
  ['10.0.0.1', '7.7.7.7', 1, '7.7.7.7'],
  // What the client wrote stands left of what the proxy appended.
  ['10.0.0.1', '6.6.6.6, 7.7.7.7', 1, '7.7.7.7'],
  ['10.0.0.1', '6.6.6.6, 7.7.7.7, 10.0.0.2', 2, '7.7.7.7'],
  ['10.0.0.1', '7.7.7.7', 3, '7.7.7.7'],
  ['10.0.0.1', '6.6.6.6,,,7.7.7.7', 1, '7.7.7.7'],
  // Other spellings.
  ['10.0.0.1', '::ffff:7.7.7.7', 1, '7.7.7.7'],
  ['10.0.0.1', '[2001:db8::1]:4711', 1, '2001:db8::1'],
  ['10.0.0.1', '7.7.7.7:4711', 1, '7.7.7.7'],
  ['10.0.0.1', '2001:DB8:0::1', 1, '2001:db8::1'],
  ['::ffff:10.0.0.1', '7.7.7.7', 1, '7.7.7.7'],
  // What is no address ends the walk: the last one that was is the best known.
  ['10.0.0.1', 'unknown', 1, '10.0.0.1'],
  ['10.0.0.1', '_hidden', 1, '10.0.0.1'],
  ['10.0.0.1', '7.7.7.7, unknown', 2, '10.0.0.1'],
  ['10.0.0.1', 'evil, 10.0.0.2', 2, '10.0.0.2'],
  ['10.0.0.1', '1.2.3.4.5', 1, '10.0.0.1'],
  ['10.0.0.1', '256.1.1.1', 1, '10.0.0.1'],
  ['10.0.0.1', '01.2.3.4', 1, '10.0.0.1'],
  ['10.0.0.1', '1.2.3.4:99999999', 1, '10.0.0.1'],
  ['10.0.0.1', ':::', 1, '10.0.0.1'],
  ['10.0.0.1', '1:2', 1, '10.0.0.1'],
  ['10.0.0.1', '<script>', 1, '10.0.0.1'],
  ['10.0.0.1', '[::1', 1, '10.0.0.1'],
]

for (const [socket, header, hops, expected] of forwarded) {
  test(`H15: behind ${hops} trusted proxies, ${JSON.stringify(header)} from ${socket} means ${expected}`, () => {
    assert.equal(forwardedAddress(socket, header, hops), expected)
  })
}

const keys: readonly [string, string][] = [
  ['1.2.3.4', '1.2.3.4'],
  ['', ''],
  ['::1', '0:0:0:0::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:db8:0:0:ffff::1', '2001:db8:0:0::/64'],
  ['2001:db8:0:1::1', '2001:db8:0:1::/64'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
]

for (const [address, key] of keys) {
  test(`connections from ${address || 'a Unix socket'} count under ${key || 'nothing in particular'}`, () => {
    assert.equal(addressKey(address), key)
  })
}

test('H15: no spelling of one forwarded address gets a key of its own', () => {
  const spellings = [
    '7.7.7.7',
    '7.7.7.7:1',
    '7.7.7.7:65535',
    '::ffff:7.7.7.7',
    '[::ffff:7.7.7.7]:5',
    '::ffff:707:707',
  ]
  const found = new Set(spellings.map((text) => addressKey(forwardedAddress('10.0.0.1', text, 1))))
  assert.deepEqual([...found], ['7.7.7.7'])
})
