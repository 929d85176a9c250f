/** The bus brings the wrong things: doubled, late, reordered, lost, forged, huge. */
import { createSecretKey, randomBytes, randomUUID, type KeyObject } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { resolveKeys } from '../../../../src/options/keys.ts'
import { encodeMessage, decodeMessage, type BusMessage } from '../../../../src/revocation/bus-message.ts'
import type { Fault } from '../fault.ts'
import { createMessageTamper } from '../redis-frames.ts'
import { SECRET } from '../world.ts'

const HUGE_BYTES = 10_000_000
const NONSENSE_EVERY_MS = 50
const keys = resolveKeys(SECRET).bus
const WRONG_KEY: readonly [KeyObject] = [createSecretKey(randomBytes(32))]

/** Signed as ours are, with contents that are not. */
function signed (content: unknown): string {
  return encodeMessage(content as BusMessage, keys)
}

function nonsense (): string[] {
  const nonce = randomUUID()
  const proto = JSON.parse(`{"__proto__":{"nonce":"${nonce}","polluted":true},"constructor":{"prototype":{}},"nonce":"${nonce}"}`) as object
  return [
    '', '1.', '1..', '1.{}.e30', '{"__proto__":{}}', 'null', randomBytes(1_000).toString('latin1'), '1.'.repeat(5_000),
    signed({ kind: 'ack', body: proto }), signed({ kind: '__proto__', body: proto }), signed({ kind: 'wake', body: proto }),
    signed({ kind: 'wake', body: { nonce, from: randomUUID(), replyTo: randomUUID(), xids: ['0'.repeat(20), '-1'] } }),
    signed({ kind: 'wake', body: { nonce, from: randomUUID(), replyTo: randomUUID(), xids: ['18446744073709551615', '99999999999999999999'] } }),
    encodeMessage({ kind: 'wake', body: { nonce, from: randomUUID(), replyTo: randomUUID(), xids: [] } }, WRONG_KEY)
  ]
}

export const messageFaults: Fault[] = [{
  name: 'bus-disordered',
  title: 'Messages of the bus lost, doubled, late and out of order',
  async run ({ world, holdMs }) {
    for (const { redis } of world.nodes) {
      redis.tamper = createMessageTamper
      redis.cut()
    }
    await delay(holdMs)
    for (const { redis } of world.nodes) {
      redis.tamper = null
      redis.cut()
    }
  }
}, {
  name: 'bus-forged',
  title: 'Forged messages: acks for every wake in the name of a deaf node, `__proto__`, nonsense, 10 MB',
  async run ({ world, holdMs }) {
    const [publisher, listener] = [new Redis(world.servers.redis.url), new Redis(world.servers.redis.url, { enableReadyCheck: false })]
    for (const client of [publisher, listener]) client.on('error', () => {})
    const { rows } = await world.pool.query<{ incarnation: string }>('select incarnation from live_session_node')
    // One node does not hear the wakes; somebody without the secret answers in its name.
    world.nodes[2].redis.hold('down')
    await listener.subscribe(`${world.redisPrefix}:wake`)
    listener.on('message', (_channel: string, text: string) => {
      const message = decodeMessage(text, keys)
      if (message?.kind !== 'wake') return
      const { nonce, from, replyTo } = message.body
      for (const { incarnation } of rows) {
        const ack: BusMessage = { kind: 'ack', body: { nonce, to: from, from: incarnation, notified: 0, nodes: [from] } }
        publisher.publish(`${world.redisPrefix}:node:${replyTo}`, encodeMessage(ack, WRONG_KEY)).catch(() => {})
      }
    })
    const huge = 'x'.repeat(HUGE_BYTES)
    for (const until = performance.now() + holdMs; performance.now() < until;) {
      for (const text of nonsense()) await publisher.publish(`${world.redisPrefix}:wake`, text)
      if (Math.random() < 0.05) await publisher.publish(`${world.redisPrefix}:wake`, huge)
      await delay(NONSENSE_EVERY_MS)
    }
    world.nodes[2].redis.heal('late')
    publisher.disconnect()
    listener.disconnect()
  }
}]
