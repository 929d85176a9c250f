/** An address has one form, whoever wrote it. */
import { isIP } from 'node:net'
import fc from 'fast-check'
import t from 'tap'
import { addressRuleOf, networkOf, normalizeAddress } from '../src/address.ts'

t.test('IPv4-mapped addresses are IPv4; ports, brackets and zones are no part of an address', async (t) => {
  const forms: Record<string, string[]> = {
    '192.0.2.1': ['192.0.2.1', ' 192.0.2.1 ', '192.0.2.1:51234', '"192.0.2.1:51234"', '::ffff:192.0.2.1:55', '192.0.2.1 :80', '::ffff:192.0.2.1', '::FFFF:192.0.2.1', '::ffff:c000:201', '0:0:0:0:0:ffff:c000:0201', '[::ffff:192.0.2.1]', '[::ffff:192.0.2.1]:443', '::ffff:192.0.2.1%eth0', '[192.0.2.1]:80'],
    '2001:db8::1': ['2001:db8::1', '2001:DB8::1', '2001:0db8:0000:0000:0000:0000:0000:0001', '[2001:db8::1]', '[2001:db8::1]:443', '"[2001:db8::1]:443"', '2001:db8:0:0::1', '2001:db8::0.0.0.1'],
    '2001:db8::1:0:0:1': ['2001:db8:0:0:1:0:0:1', '2001:0db8::1:0:0:1'],
    '2001:db8:0:1:1:1:1:1': ['2001:db8:0:1:1:1:1:1', '2001:db8::1:1:1:1:1'],
    'fe80::1': ['fe80::1%eth0', 'fe80::1%25en0', '[fe80::1%eth0]:443', 'FE80:0::1'],
    '::1': ['::1', '0:0:0:0:0:0:0:1', '[::1]:3000'],
    '::': ['::', '0::0']
  }
  for (const [address, written] of Object.entries(forms)) for (const text of written) t.equal(normalizeAddress(text), address, text)
})

t.test('a network is an address of IPv4, also behind NAT64 and SIIT, or the /64 of IPv6 (A5)', async (t) => {
  const networks: Record<string, string[]> = {
    '192.0.2.1': ['192.0.2.1', '64:ff9b::192.0.2.1', '64:ff9b::c000:201', '::ffff:0:192.0.2.1', '::ffff:0:c000:201', '::ffff:192.0.2.1'],
    '192.0.2.2': ['64:ff9b::192.0.2.2'],
    '2001:db8:1:2::/64': ['2001:db8:1:2::1', '2001:db8:1:2:ffff::c000:201'],
    '64:ff9b:1:0::/64': ['64:ff9b:1::c000:201'],
    '64:ff9b:0:0::/64': ['64:ff9b::1:c000:201']
  }
  for (const [network, addresses] of Object.entries(networks)) for (const text of addresses) t.equal(networkOf(normalizeAddress(text) ?? ''), network, text)
})

t.test('of an address its network is kept, or nothing; what was kept stays what it is', async (t) => {
  const { kept, network } = addressRuleOf('network')
  const networks: Record<string, [string, string]> = {
    '192.0.2.77': ['192.0.2.0', '192.0.2.0/24'],
    '64:ff9b::192.0.2.77': ['192.0.2.0', '192.0.2.0/24'],
    '2001:db8:1:2:3:4:5:6': ['2001:db8:1::', '2001:db8:1::/48'],
    '2001:0:0:1::1': ['2001::', '2001::/48'],
    '::1': ['::', '::/48']
  }
  for (const [text, [address, block]] of Object.entries(networks)) {
    const whole = normalizeAddress(text)
    t.equal(kept(whole), address, text)
    t.equal(kept(address), address)
    for (const known of [whole, address, block]) t.equal(network(known), block, `${text}: ${known}`)
  }
  t.equal(network('2001:db8:1:2::/64'), '2001:db8:1::/48', 'what was noted when whole addresses were kept')
  t.equal(kept(null), null)
  t.equal(network(null), null)
  const none = addressRuleOf('none')
  t.same([none.kept('192.0.2.77'), none.network('192.0.2.77')], [null, null])
  const whole = addressRuleOf('whole')
  t.same([whole.kept('2001:db8::1'), whole.network('2001:db8::1'), whole.network('2001:db8:0:0::/64')], ['2001:db8::1', '2001:db8:0:0::/64', '2001:db8:0:0::/64'])
})

t.test('what is no address is null', async (t) => {
  for (const text of [null, undefined, '', ' ', 'unknown', '_hidden', 'localhost', '192.0.2', '192.0.2.256', '192.0.2.1:', '192.0.2.1:port', '192.0.2.1:123456', '192.0.2.1/24', '010.0.0.1', '0x7f.1', '2130706433',
    '::g', '2001:db8::1::2', '[2001:db8::1', '2001:db8::1]', '2001:db8::/32', '%eth0', '[]', '192.0.2.1, 192.0.2.2', '192.0.2.1\0', '<script>', 'x'.repeat(10_000), `::1%${'x'.repeat(10_000)}`, 5, {}, ['192.0.2.1']]) {
    t.equal(normalizeAddress(text as string), null, JSON.stringify(text)?.slice(0, 60))
  }
})

t.test('the form is an address, and normal itself', async () => {
  fc.assert(fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()), (text) => {
    const address = normalizeAddress(text)
    if (isIP(text) === 0) return address === null || isIP(address) > 0
    return address !== null && isIP(address) > 0 && normalizeAddress(address) === address
  }))
})
