/** The bus in all its states: it is a hint, so nothing but time may be lost. */
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type { Fault } from '../fault.ts'
import type { Direction } from '../link.ts'

const LATE_MS = 500

const holdLink = (direction: Direction, held: 'late' | 'never'): Fault['run'] => async ({ world, holdMs }) => {
  const [, { redis }] = world.nodes
  redis.hold(direction)
  await delay(holdMs)
  redis.heal(held)
}

export const redisFaults: Fault[] = [{
  name: 'none',
  title: 'No fault',
  async run ({ holdMs }) { await delay(holdMs) }
}, {
  name: 'redis-killed',
  title: 'Redis killed, and restarted empty',
  async run ({ world, holdMs }) {
    await world.servers.redis.kill()
    await delay(holdMs)
    await world.servers.redis.start()
  }
}, {
  name: 'redis-stopped',
  title: 'Redis stands still (SIGSTOP) for 15 s',
  async run ({ world, holdMs }) {
    world.servers.redis.pause()
    await delay(Math.max(holdMs, 15_000))
    world.servers.redis.resume()
  }
}, {
  name: 'redis-black-hole',
  title: 'One node\'s Redis link swallows everything',
  run: holdLink('both', 'never')
}, {
  name: 'redis-deaf',
  title: 'One node publishes, and hears nothing',
  run: holdLink('down', 'late')
}, {
  name: 'redis-mute',
  title: 'One node hears, and nothing it publishes arrives',
  run: holdLink('up', 'late')
}, {
  name: 'redis-slow',
  title: 'Redis + 500 ms',
  async run ({ world, holdMs }) {
    for (const { redis } of world.nodes) redis.delayMs = LATE_MS
    await delay(holdMs)
    for (const { redis } of world.nodes) redis.delayMs = 0
  }
}, {
  name: 'pubsub-killed',
  title: 'All subscribers are cut, again and again (CLIENT KILL TYPE pubsub)',
  async run ({ world, holdMs }) {
    const redis = new Redis(world.servers.redis.url)
    redis.on('error', () => {})
    for (const until = performance.now() + holdMs; performance.now() < until;) {
      await redis.client('KILL', 'TYPE', 'pubsub')
      await delay(300)
    }
    redis.disconnect()
  }
}, {
  name: 'no-redis',
  title: 'The nodes were never given a Redis',
  redis: false,
  async run ({ holdMs }) { await delay(holdMs) }
}]
