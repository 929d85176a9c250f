/** A bus that says it is healthy delivers: never while Redis stands still, and from its first message on when Redis is back. */
import { createSecretKey, randomBytes, randomUUID } from 'node:crypto'
import { once, EventEmitter } from 'node:events'
import t, { type Test } from 'tap'
import { systemClock, type Clock } from '../../src/clock.ts'
import { RedisBus } from '../../src/revocation/redis-bus.ts'
import { randomPrefix, startRedis } from '../helpers/redis.ts'
import { until } from '../helpers/cluster.ts'

const BEACON_MS = 100
const BEATS_WATCHED = 15
const FREEZES = 8

/** A bus that writes acks to itself; `beats` says each beat of its beacon. */
async function startBus (t: Test, redis: string) {
  const beats = new EventEmitter()
  const clock: Clock = {
    ...systemClock,
    setTimer: (callback, ms) => systemClock.setTimer(() => {
      callback()
      if (ms === BEACON_MS) beats.emit('beat')
    }, ms)
  }
  const heard = new Set<string>()
  const bus = new RedisBus({ redis, prefix: randomPrefix(), keys: [createSecretKey(randomBytes(32))], beaconMs: BEACON_MS, clock, onLink: () => {} })
  t.teardown(async () => { await bus.close() })
  await bus.start({ wake: () => {}, ack: ({ nonce }) => { heard.add(nonce) }, resumed: () => {} })
  return { bus, beats, heard }
}

t.test('a bus is not healthy for a moment while Redis stands still, whatever it does to its connections meanwhile', async (t) => {
  const redis = await startRedis(t)
  if (redis === null) return
  const { bus, beats } = await startBus(t, redis.url)
  await until(async () => bus.healthy(), (healthy) => healthy)
  redis.pause()
  await until(async () => bus.healthy(), (healthy) => !healthy)
  const seen: boolean[] = []
  while (seen.length < BEATS_WATCHED) {
    await once(beats, 'beat')
    seen.push(bus.healthy())
  }
  t.same(new Set(seen), new Set([false]))
  redis.resume()
  await until(async () => bus.healthy(), (healthy) => healthy)
  t.pass('it heals by itself')
})

t.test('the first message after a bus says that it is healthy again arrives, whenever Redis comes back', async (t) => {
  const redis = await startRedis(t)
  if (redis === null) return
  const { bus, beats, heard } = await startBus(t, redis.url)
  for (let freeze = 0; freeze < FREEZES; freeze++) {
    redis.pause()
    await until(async () => bus.healthy(), (healthy) => !healthy)
    for (let beat = 0; beat < freeze * 3; beat++) await once(beats, 'beat')
    redis.resume()
    await until(async () => bus.healthy(), (healthy) => healthy)
    const [first, later] = [randomUUID(), randomUUID()]
    const send = (nonce: string): void => { bus.sendAck(bus.address, { nonce, to: randomUUID(), from: randomUUID(), notified: 0, nodes: [] }) }
    send(first)
    // One after it has come: the first would have come before.
    await until(async () => {
      send(later)
      return heard.has(later)
    }, (came) => came)
    t.ok(heard.has(first), `frozen for ${freeze * 3} beats`)
  }
})
