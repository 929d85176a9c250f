/** Both buses keep to one contract; and over Redis nothing is believed that is not signed, small and of our shape (R36). */
import { createHmac, createSecretKey, randomBytes, type KeyObject } from 'node:crypto'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { systemClock } from '../../src/clock.ts'
import { resolveKeys } from '../../src/options/keys.ts'
import { decodeMessage, encodeMessage, MAX_MESSAGE_BYTES } from '../../src/revocation/bus-message.ts'
import { createInProcessHub } from '../../src/revocation/in-process-bus.ts'
import { RedisBus } from '../../src/revocation/redis-bus.ts'
import { join, runBusSuite, wakeOf } from '../helpers/bus-suite.ts'
import { randomPrefix, redisUrl } from '../helpers/redis.ts'

type Keys = readonly [KeyObject, ...KeyObject[]]
const randomKey = (): KeyObject => createSecretKey(randomBytes(32))
const KEYS: Keys = [randomKey()]

async function redisBuses (prefix = randomPrefix()): Promise<(keys?: Keys) => RedisBus> {
  const redis = await redisUrl()
  return (keys = KEYS) => new RedisBus({ redis, prefix, keys, beaconMs: 1_000, clock: systemClock, onLink: () => {} })
}

async function publisher (t: Test): Promise<Redis> {
  const redis = new Redis(await redisUrl())
  t.teardown(() => { redis.disconnect() })
  return redis
}

t.test('within one process', async (t) => {
  runBusSuite(t, async () => {
    const hub = createInProcessHub()
    return () => hub.join()
  })
})

t.test('over Redis', async (t) => {
  runBusSuite(t, async () => {
    const make = await redisBuses()
    return () => make()
  })
})

const FROM = '11111111-1111-4111-8111-111111111111'
const NONCE = '22222222-2222-4222-8222-222222222222'
const WAKE = { nonce: NONCE, from: FROM, replyTo: FROM, xids: ['5'] }

function signed (content: string, version = '1', key: KeyObject = KEYS[0]): string {
  const text = `${version}.${content}`
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`
}

const good = encodeMessage({ kind: 'wake', body: WAKE }, KEYS)
const GARBAGE: Record<string, string> = {
  empty: '',
  'not ours': 'hello',
  'a foreign key': encodeMessage({ kind: 'wake', body: WAKE }, [randomKey()]),
  'no signature': good.split('.').slice(0, 2).join('.'),
  'an empty signature': `${good.split('.').slice(0, 2).join('.')}.`,
  'a cut signature': good.slice(0, -4),
  'tampered content': good.replace('"5"', '"6"'),
  'an older version': signed(JSON.stringify(['wake', WAKE]), '0'),
  'a version that only the prefix changed': `2${good.slice(1)}`,
  'one part too many': `${good}.x`,
  '10 MB': 'x'.repeat(10_000_000),
  'signed, but too large': signed(JSON.stringify(['wake', { ...WAKE, more: 'x'.repeat(MAX_MESSAGE_BYTES) }])),
  'signed, but not JSON': signed('{'),
  'signed, but no pair': signed('{"wake":1}'),
  'signed, but of an unknown kind': signed(JSON.stringify(['logout', WAKE])),
  'signed, but named __proto__': signed(JSON.stringify(['__proto__', WAKE])),
  'signed, with its fields in __proto__': signed(`["wake",{"__proto__":${JSON.stringify(WAKE)}}]`),
  'signed, with nothing in it': signed('["wake",null]'),
  'signed, with a nonce that is none': signed(JSON.stringify(['wake', { ...WAKE, nonce: 'x' }])),
  'signed, with a channel for an address': signed(JSON.stringify(['wake', { ...WAKE, replyTo: 'a:b' }])),
  'signed, with too many transactions': signed(JSON.stringify(['wake', { ...WAKE, xids: Array.from({ length: 17 }, () => '1') }])),
  'signed, with a transaction that is no number': signed(JSON.stringify(['wake', { ...WAKE, xids: ['1; drop'] }])),
  'signed, an ack of minus one socket': signed(JSON.stringify(['ack', { nonce: NONCE, from: FROM, to: FROM, notified: -1, nodes: [] }])),
  'signed, an ack of half a socket': signed(JSON.stringify(['ack', { nonce: NONCE, from: FROM, to: FROM, notified: 0.5, nodes: [] }]))
}

t.test('a message is read as it was written, by every key that is configured', async (t) => {
  t.strictSame(decodeMessage(good, KEYS), { kind: 'wake', body: WAKE })
  t.strictSame(decodeMessage(good, [randomKey(), KEYS[0]]), { kind: 'wake', body: WAKE }, 'while keys rotate')
  t.equal(decodeMessage(good, [randomKey()]), null)
  const full = { ...WAKE, xids: Array.from({ length: 16 }, () => '18446744073709551615') }
  t.strictSame(decodeMessage(encodeMessage({ kind: 'wake', body: full }, KEYS), KEYS), { kind: 'wake', body: full }, 'the largest one fits')
  t.strictSame(decodeMessage(signed(`["wake",${JSON.stringify({ ...WAKE, more: 1 }).slice(0, -1)},"__proto__":{"polluted":1}}]`), KEYS), { kind: 'wake', body: WAKE },
    'fields that we do not know are left behind')
  t.equal(({} as Record<string, unknown>)['polluted'], undefined)
})

t.test('what does not fit is dropped and counted, and nobody hears of it', async (t) => {
  for (const [what, text] of Object.entries(GARBAGE)) t.equal(decodeMessage(text, KEYS), null, what)

  const prefix = randomPrefix()
  const [make, redis] = [await redisBuses(prefix), await publisher(t)]
  const bus = make()
  const member = await join(t, bus)
  for (const channel of [`${prefix}:wake`, `${prefix}:node:${bus.address}`]) {
    for (const text of Object.values(GARBAGE)) t.equal(await redis.publish(channel, text), 1)
  }
  const fence = wakeOf(bus)
  bus.sendWake(fence)
  await member.heard(fence.nonce)
  t.strictSame(member.wakes, [fence])
  t.strictSame(member.acks, [])
})

t.test('while keys rotate, old and new nodes hear each other; a key that was taken out is no key any more', async (t) => {
  const make = await redisBuses()
  const [old, next] = [randomKey(), randomKey()]
  const [before, rolled] = [await join(t, make([old, next])), await join(t, make([next, old]))]
  const [first, second] = [wakeOf(before.bus), wakeOf(rolled.bus)]
  before.bus.sendWake(first)
  rolled.bus.sendWake(second)
  for (const member of [before, rolled]) await Promise.all([member.heard(first.nonce), member.heard(second.nonce)])
  const after = await join(t, make([next]))
  const [deaf, fence] = [wakeOf(before.bus), wakeOf(rolled.bus)]
  before.bus.sendWake(deaf)
  await rolled.heard(deaf.nonce)
  rolled.bus.sendWake(fence)
  await after.heard(fence.nonce)
  t.strictSame(after.wakes, [fence])
})

t.test('apps with other prefixes, and other secrets\' keys, are worlds apart', async (t) => {
  const [here, there] = [await join(t, (await redisBuses())()), await join(t, (await redisBuses())())]
  const wake = wakeOf(here.bus)
  here.bus.sendWake(wake)
  await here.heard(wake.nonce)
  const fence = wakeOf(there.bus)
  there.bus.sendWake(fence)
  await there.heard(fence.nonce)
  t.strictSame(there.wakes, [fence])
  const [one, other] = ['a', 'b'].map((letter) => resolveKeys(letter.repeat(32)).bus[0].export().toString('hex'))
  t.not(one, other)
  t.notMatch(one, Buffer.from('a'.repeat(32)).toString('hex'), 'and no key is the secret itself')
})
