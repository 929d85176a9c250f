/** The bus over Redis through outages: it never throws, never waits, notices silence, and heals with nobody's help. */
import { createSecretKey, randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { systemClock } from '../../src/clock.ts'
import { RedisBus } from '../../src/revocation/redis-bus.ts'
import { join, wakeOf, type Member } from '../helpers/bus-suite.ts'
import { randomPrefix, startRedis } from '../helpers/redis.ts'
import type { PrivateServer } from '../helpers/private-server.ts'
import { startLink } from '../helpers/link.ts'
import { until } from '../helpers/manual-clock.ts'

const BEACON_MS = 100

interface World {
  redis: PrivateServer
  member: Member
  errors: unknown[]
}

async function begin (t: Test, port?: (redis: PrivateServer) => Promise<number>): Promise<World | null> {
  const redis = await startRedis(t)
  if (redis === null) return null
  const errors: unknown[] = []
  const url = port === undefined ? redis.url : `redis://127.0.0.1:${await port(redis)}`
  const bus = new RedisBus({ redis: url, prefix: randomPrefix(), keys: [createSecretKey(randomBytes(32))], beaconMs: BEACON_MS, clock: systemClock, onLink: (lost) => { errors.push(lost) } })
  const member = await join(t, bus)
  return { redis, member, errors }
}

/** A wake arrives: the bus works, both ways. Those that are sent while it does not are lost, as they may be. */
async function works ({ member }: World): Promise<void> {
  const { bus, wakes } = member
  const wake = wakeOf(bus)
  await until(async () => {
    bus.sendWake(wake)
    await delay(BEACON_MS / 10)
    return bus.healthy() && wakes.some(({ nonce }) => nonce === wake.nonce)
  })
}

t.test('its clients killed, it subscribes again and says that messages may have been lost', async (t) => {
  const world = await begin(t)
  if (world === null) return
  const { member, redis } = world
  await member.resumedAgain(1)
  const admin = new Redis(redis.url)
  t.teardown(() => { admin.disconnect() })
  for (const [round, type] of ['pubsub', 'pubsub', 'normal'].entries()) {
    await admin.client('KILL', 'TYPE', type as 'pubsub', 'SKIPME', 'yes')
    if (type === 'pubsub') await member.resumedAgain(round + 2)

    await works(world)
  }
  t.ok(member.resumed() >= 3)
})

t.test('Redis killed and started again empty: not healthy meanwhile, sending harms nobody, and it heals', async (t) => {
  const world = await begin(t)
  if (world === null) return
  const { member, redis } = world
  const resumed = member.resumed()
  await redis.kill()
  await until(() => !member.bus.healthy())
  for (let count = 0; count < 100; count++) {
    member.bus.sendWake(wakeOf(member.bus))
    member.bus.sendAck(member.bus.address, { nonce: randomUUID(), to: member.bus.address, from: member.bus.address, notified: 0, nodes: [] })
  }
  await redis.start()
  await member.resumedAgain(resumed + 1)
  await works(world)
  t.strictSame(member.acks, [], 'what was sent meanwhile is lost, not late')
})

t.test('Redis standing still is noticed by the beacon, and sending never waits; going on, it heals', async (t) => {
  const world = await begin(t)
  if (world === null) return
  const { member, redis } = world
  await works(world)
  redis.pause()
  await until(() => !member.bus.healthy())
  const began = performance.now()
  for (let count = 0; count < 100; count++) member.bus.sendWake(wakeOf(member.bus))
  t.ok(performance.now() - began < 20_000, 'a hundred wakes into a Redis that stands still')
  redis.resume()
  // It may go on before the beacon has cut the connection: then nothing had to be made anew.
  await works(world)
})

t.test('a link that swallows everything, also while it connects anew, heals with the first connection that gets through', async (t) => {
  let link: Awaited<ReturnType<typeof startLink>> | undefined
  const world = await begin(t, async (redis) => {
    link = await startLink(t, redis.port)
    return link.port
  })
  if (world === null || link === undefined) return
  const { member } = world
  await works(world)
  const made = link.made()
  link.swallow()
  await until(() => !member.bus.healthy())
  // Both connections have been made anew, and hang half open: nobody will ever answer them.
  await until(() => (link?.made() ?? 0) >= made + 2)
  link.healForNew()
  await works(world)
  t.pass('healed')
})

t.test('no Redis at the start: it starts all the same, slower; Redis comes, and it works', async (t) => {
  const redis = await startRedis(t)
  if (redis === null) return
  await redis.stop()
  const bus = new RedisBus({ redis: redis.url, prefix: randomPrefix(), keys: [createSecretKey(randomBytes(32))], beaconMs: BEACON_MS, clock: systemClock, onLink: () => {} })
  const member = await join(t, bus)
  t.equal(bus.healthy(), false)
  bus.sendWake(wakeOf(bus))
  await redis.start()
  await member.resumedAgain(1)
  await works({ redis, member, errors: [] })
})

t.test('closed while Redis stands still, or before it was ever there, it ends', async (t) => {
  const world = await begin(t)
  if (world === null) return
  world.redis.pause()
  await world.member.bus.close()
  t.equal(world.member.bus.healthy(), false)
  // Tap waits for open handles: that this test file ends is the proof.
})

t.test('an app\'s own client is copied, and left alone', async (t) => {
  const redis = await startRedis(t)
  if (redis === null) return
  const own = new Redis(redis.url)
  t.teardown(() => { own.disconnect() })
  const bus = new RedisBus({ redis: own, prefix: randomPrefix(), keys: [createSecretKey(randomBytes(32))], beaconMs: BEACON_MS, clock: systemClock, onLink: () => {} })
  const member = await join(t, bus)
  await works({ redis, member, errors: [] })
  await bus.close()
  t.equal(await own.ping(), 'PONG')
})
