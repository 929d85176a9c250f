/** Nodes that die, stand still, are busy, or have a wrong clock. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Fault } from '../fault.ts'

const HOUR_MS = 3_600_000

/** The requests that wait in its sockets are those of the constant traffic, and those that are sent after each 200. */
const stopped = (times: number): Fault['run'] => async ({ world, history, leaseMs }) => {
  const node = world.nodes[2]
  await node.process.freeze()
  const over = history.impair(node.index, true)
  await delay(times * leaseMs)
  over()
  node.process.thaw()
}

const clockOff = (ms: number): Fault['run'] => async ({ world, holdMs }) => {
  const { process } = world.nodes[1]
  process.tell({ kind: 'shift', ms })
  await delay(holdMs)
  process.tell({ kind: 'shift', ms: 0 })
}

export const processFaults: Fault[] = [{
  name: 'node-killed',
  title: 'A node is killed (SIGKILL), and another one started in its place',
  async run ({ world, history, holdMs }) {
    const { process, index } = world.nodes[2]
    const over = history.impair(index)
    await process.kill()
    await delay(holdMs)
    await process.start()
    over()
  }
}, {
  name: 'node-stopped-1t',
  title: 'A node stands still (SIGSTOP) for T',
  run: stopped(1)
}, {
  name: 'node-stopped-2t',
  title: 'A node stands still for 2 T, with requests waiting in its sockets',
  run: stopped(2)
}, {
  name: 'node-stopped-10t',
  title: 'A node stands still for 10 T',
  run: stopped(10)
}, {
  name: 'loop-blocked',
  title: 'A node\'s event loop is blocked for 3 s, again and again',
  async run ({ world, history, holdMs }) {
    const { process, index } = world.nodes[1]
    const over = history.impair(index)
    for (const until = performance.now() + holdMs; performance.now() < until;) {
      process.tell({ kind: 'block', ms: 3_000 })
      await delay(4_000)
    }
    over()
  }
}, {
  name: 'clock-ahead',
  title: 'A node\'s wall clock jumps an hour ahead, and back',
  run: clockOff(HOUR_MS)
}, {
  name: 'clock-behind',
  title: 'A node\'s wall clock jumps an hour back, and ahead again',
  run: clockOff(-HOUR_MS)
}]
