/**
 * Redis: whether it answers, a message of our own through it, who listens there, and whether the nodes answer a wake.
 */
import { randomUUID, type KeyObject } from 'node:crypto'
import { Redis } from 'ioredis'
import type { Clock } from '../../clock.ts'
import { RedisBus } from '../../revocation/redis-bus.ts'
import { counted } from '../output.ts'
import { note, ok, problem, type Check } from './check.ts'

const ANSWER_WITHIN_MS = 3_000

/** A message to ourselves, and how many nodes listen for wakes. */
export async function checkRedis (url: string, prefix: string, alive: number): Promise<Check[]> {
  const options = {
    lazyConnect: true,
    retryStrategy: null,
    maxRetriesPerRequest: 0,
    connectTimeout: ANSWER_WITHIN_MS,
    commandTimeout: ANSWER_WITHIN_MS
  } as const
  const [publisher, subscriber] = [new Redis(url, options), new Redis(url, options)]
  let cause: Error | undefined
  // ioredis rejects with "Connection is closed."; the reason comes as an event.
  for (const client of [publisher, subscriber]) client.on('error', (error: Error) => { cause = error })
  try {
    await Promise.all([publisher.connect(), subscriber.connect()])
    // A database number that Redis does not have ends no connection.
    if (cause !== undefined) throw cause
    const channel = `${prefix}:doctor:${randomUUID()}`
    const heard = new Promise<number>((resolve) => { subscriber.once('message', () => { resolve(performance.now()) }) })
    await subscriber.subscribe(channel)
    const began = performance.now()
    await publisher.publish(channel, 'hello')
    const at = await Promise.race([heard, lateness()])
    if (at === null) {
      return [
        problem(
          'redis',
          'Redis answers, but a message published there does not come back',
          'look whether --redis leads to one server, and whether its user may publish and subscribe'
        )
      ]
    }
    const listening = Number((await publisher.pubsub('NUMSUB', `${prefix}:wake`))[1])
    return [
      ok('redis', `Redis answers; a message through it takes ${Math.max(1, Math.round(at - began))} ms`),
      ...checkListeners(listening, prefix, alive)
    ]
  } catch (error) {
    const message = cause ?? error
    return [
      problem(
        'redis',
        `Redis at ${placeOf(url)} can't be used: ${
          (message instanceof Error ? message.message : String(message)).split('\n', 1)[0]
        }`,
        'check --redis or REDIS_URL. The nodes work on without it, slower'
      )
    ]
  } finally {
    for (const client of [publisher, subscriber]) client.disconnect()
  }
}

function checkListeners (listening: number, prefix: string, alive: number): Check[] {
  if (alive === 0) return []
  if (listening >= alive) return [ok('listeners', `${counted(listening, 'node')} listening on ${prefix}:wake`)]
  return [
    problem(
      'listeners',
      `Only ${listening} of ${counted(alive, 'node')} that are alive listen on ${prefix}:wake`,
      'check that all have this REDIS_URL and this redisPrefix (--redis-prefix)'
    )
  ]
}

export interface WakeOptions {
  redis: string
  prefix: string
  keys: readonly [KeyObject, ...KeyObject[]]
  clock: Clock
  alive: readonly string[]
}

/** A real wake, about nothing: every node renews and says so, if it shares the secret. */
export async function checkWake ({ redis, prefix, keys, clock, alive }: WakeOptions): Promise<Check> {
  if (alive.length === 0) return note('wake', 'No node is alive that could answer a wake')
  const bus = new RedisBus({ redis, prefix, keys, beaconMs: ANSWER_WITHIN_MS, clock, onLink: () => {} })
  const waited = new Set(alive)
  const nonce = randomUUID()
  try {
    let done = (): void => {}
    const all = new Promise<number>((resolve) => { done = () => { resolve(performance.now()) } })
    await bus.start({
      wake: () => {},
      ack (ack) {
        if (ack.nonce === nonce && waited.delete(ack.from) && waited.size === 0) done()
      },
      resumed: () => {}
    })
    const began = performance.now()
    bus.sendWake({ nonce, from: randomUUID(), replyTo: bus.address, xids: [] })
    const at = await Promise.race([all, lateness()])
    if (at !== null) {
      return ok(
        'wake',
        `${alive.length === 1 ? 'The node' : `All ${alive.length} nodes`} answered a wake within ${
          Math.max(1, Math.round(at - began))
        } ms: same Redis, same secret`
      )
    }
    return problem(
      'wake',
      `${waited.size} of ${counted(alive.length, 'node')} did not answer a wake: ${[...waited].join(', ')}`,
      'check that all have the same JWT_SECRET (--secret), REDIS_URL and redisPrefix'
    )
  } finally {
    await bus.close()
  }
}

async function lateness (): Promise<null> {
  return await new Promise((resolve) => { setTimeout(() => { resolve(null) }, ANSWER_WITHIN_MS).unref() })
}

function placeOf (url: string): string {
  const { hostname, port } = new URL(url)
  return `${hostname}:${port === '' ? '6379' : port}`
}
