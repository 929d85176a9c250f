/** A soak: one fault after the other, drawn at random, for several times as long as the others last. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Fault } from '../fault.ts'
import type { Scene } from '../scene.ts'

const TIMES = 10
const AT_MOST_MS = 150_000

type Action = (scene: Scene, ms: number, node: number) => Promise<void>

const actions: Record<string, Action> = {
  'redis killed': async ({ world }, ms) => {
    await world.servers.redis.kill()
    await delay(ms)
    await world.servers.redis.start()
  },
  'redis stopped': async ({ world }, ms) => {
    world.servers.redis.pause()
    await delay(ms)
    world.servers.redis.resume()
  },
  'redis link swallows': async ({ world }, ms, node) => {
    world.nodes[node]?.redis.hold()
    await delay(ms)
    world.nodes[node]?.redis.heal('never')
  },
  'postgres stopped': async ({ world, history }, ms) => {
    const over = history.impair('all')
    world.servers.postgres.pause()
    await delay(ms)
    world.servers.postgres.resume()
    over()
  },
  'postgres killed': async ({ world, history }, ms) => {
    const over = history.impair('all')
    await world.servers.postgres.kill()
    await delay(ms)
    await world.servers.postgres.start()
    over()
  },
  'postgres link swallows': async ({ world, history }, ms, node) => {
    const over = history.impair(node)
    world.nodes[node]?.postgres.hold()
    await delay(ms)
    world.nodes[node]?.postgres.heal('late')
    over()
  },
  'postgres slow': async ({ world, history }, ms, node) => {
    const over = history.impair(node)
    const link = world.nodes[node]?.postgres
    if (link !== undefined) link.delayMs = 300
    await delay(ms)
    if (link !== undefined) link.delayMs = 0
    over()
  },
  'node stopped': async ({ world, history }, ms, node) => {
    await world.nodes[node]?.process.freeze()
    const over = history.impair(node, true)
    await delay(ms)
    over()
    world.nodes[node]?.process.thaw()
  },
  'node killed': async ({ world, history }, ms, node) => {
    const over = history.impair(node)
    await world.nodes[node]?.process.kill()
    await delay(ms)
    await world.nodes[node]?.process.start()
    over()
  },
  'loop blocked': async ({ world, history }, ms, node) => {
    const over = history.impair(node)
    world.nodes[node]?.process.tell({ kind: 'block', ms })
    await delay(ms)
    over()
  },
  'clock shifted': async ({ world }, ms, node) => {
    world.nodes[node]?.process.tell({ kind: 'shift', ms: Math.random() < 0.5 ? 3_600_000 : -3_600_000 })
    await delay(ms)
    world.nodes[node]?.process.tell({ kind: 'shift', ms: 0 })
  },
  'links cut': async ({ world, history }, ms, node) => {
    const over = history.impair(node)
    world.nodes[node]?.postgres.cut()
    world.nodes[node]?.redis.cut()
    await delay(ms)
    over()
  }
}

export const soakFaults: Fault[] = [{
  name: 'soak',
  title: 'A soak under random faults',
  async run (scene) {
    const { holdMs, leaseMs, world, say } = scene
    const names = Object.keys(actions)
    for (const until = performance.now() + Math.min(TIMES * holdMs, AT_MOST_MS); performance.now() < until;) {
      const name = names[Math.floor(Math.random() * names.length)] ?? ''
      const ms = 200 + Math.random() * 1.5 * leaseMs
      const node = Math.floor(Math.random() * world.nodes.length)
      say(`${name}, node ${node}, ${ms.toFixed()} ms`)
      await actions[name]?.(scene, ms, node)
      await delay(Math.random() * 1_500)
    }
  }
}]
