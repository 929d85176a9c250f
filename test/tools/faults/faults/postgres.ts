/** PostgreSQL, which alone decides: without it 503, never a wrong yes, never a wrong no. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Fault } from '../fault.ts'

const SLOW_MS = 2_000

export const postgresFaults: Fault[] = [{
  name: 'postgres-killed',
  title: 'PostgreSQL killed, and started again after 10 s',
  async run ({ world, history, holdMs }) {
    const over = history.impair('all')
    await world.servers.postgres.kill()
    await delay(Math.min(holdMs, 10_000))
    await world.servers.postgres.start()
    over()
  }
}, {
  name: 'postgres-stopped',
  title: 'PostgreSQL stands still (SIGSTOP)',
  async run ({ world, history, holdMs }) {
    const over = history.impair('all')
    world.servers.postgres.pause()
    await delay(holdMs)
    world.servers.postgres.resume()
    over()
  }
}, {
  name: 'postgres-slow',
  title: 'PostgreSQL + 2 s on every answer',
  async run ({ world, history, holdMs }) {
    const over = history.impair('all')
    for (const { postgres } of world.nodes) postgres.delayMs = SLOW_MS
    await delay(holdMs)
    for (const { postgres } of world.nodes) postgres.delayMs = 0
    over()
  }
}, {
  name: 'postgres-link-late',
  title: 'One node\'s PostgreSQL link swallows everything; it arrives late',
  async run ({ world, history, holdMs }) {
    const over = history.impair(0)
    world.nodes[0].postgres.hold()
    await delay(holdMs)
    world.nodes[0].postgres.heal('late')
    over()
  }
}, {
  name: 'postgres-link-dead',
  title: 'One node\'s PostgreSQL connections die without a word; new ones work',
  async run ({ world, history, holdMs }) {
    const over = history.impair(0)
    world.nodes[0].postgres.hold()
    await delay(holdMs)
    world.nodes[0].postgres.heal('never')
    over()
  }
}, {
  name: 'postgres-deaf',
  title: 'What one node asks arrives at PostgreSQL, no answer comes back',
  async run ({ world, history, holdMs }) {
    const over = history.impair(0)
    world.nodes[0].postgres.hold('down')
    await delay(holdMs)
    world.nodes[0].postgres.heal('never')
    over()
  }
}, {
  name: 'transaction-open',
  title: 'A writing transaction is held open for a minute',
  async run ({ world, holdMs }) {
    const client = await world.pool.connect()
    await client.query('begin')
    await client.query('create table held (n int)')
    // A minute in a long run; as long as the others in a short one.
    await delay(world.timing.leaseMs < 4_000 ? holdMs : Math.max(holdMs, 60_000))
    await client.query('rollback')
    client.release()
  }
}]
