/** How long after a fault the nodes are well again, with nobody's help. */
import { setTimeout as delay } from 'node:timers/promises'
import { Line } from './line.ts'
import type { Scene } from './scene.ts'

export interface Healing {
  /** Every node holds a lease again, in ms after the fault's end. */
  leasedMs: number
  /** Every node holds a lease, hears its bus and reaches PostgreSQL, in ms after the fault's end. Infinity: it did not. */
  healedMs: number
  /** A revocation asked at each node is confirmed by all nodes, none lapsed, in ms after the fault's end. */
  fastMs: number
}

const LOOK_EVERY_MS = 25
const WITHIN_MS = 20_000
const ANSWER_WITHIN_MS = 3_000

export async function measureHealing ({ world, population, revoker }: Scene): Promise<Healing> {
  const began = performance.now()
  const lines = world.nodes.map(({ clients }) => new Line(() => clients.port))
  const since = (): number => performance.now() - began

  const leased = world.nodes.map(() => Infinity)
  async function well (line: Line, node: number): Promise<boolean> {
    const answer = await Promise.race([line.ask({ path: '/health' }), delay(ANSWER_WITHIN_MS, null)])
    if (answer?.body['lease'] === true) leased[node] = Math.min(leased[node] ?? Infinity, since())
    return answer !== null && ['database', 'bus', 'lease'].every((part) => answer.body[part] === true)
  }

  async function until (good: () => Promise<boolean>): Promise<number> {
    while (since() < WITHIN_MS) {
      if (await good()) return since()
      await delay(LOOK_EVERY_MS)
    }
    return Infinity
  }

  const healed = await Promise.all(lines.map((line, node) => until(() => well(line, node))))
  const users = await population.insert(1, 300)
  const sessions = users[0]?.targets ?? []
  const fast = await Promise.all(world.nodes.map((node) => until(async () => {
    const session = sessions.pop()
    if (session === undefined) return true
    const asked = performance.now()
    const { status } = await revoker.revoke('after', node.index, { method: 'POST', path: `/revoke/${session.id}` }, [session])
    return status === 200 && performance.now() - asked < FAST_MS
  })))
  for (const line of lines) line.close()
  return { leasedMs: Math.max(...leased), healedMs: Math.max(...healed), fastMs: Math.max(...fast) }
}

const FAST_MS = 1_000
