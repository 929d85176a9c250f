/** Revocations, all the time, in every way there is, each at a random node; and how each was answered. */
import type { History, Revocation, TestSession } from './history.ts'
import { Line, type Ask } from './line.ts'
import type { TestUser } from './population.ts'
import type { Traffic } from './traffic.ts'
import type { World } from './world.ts'

export interface Revoker {
  /** One call, recorded; resolves when it was answered. */
  revoke: (kind: string, node: number, ask: Ask, sessions: TestSession[]) => Promise<Revocation>
  /** Ends something of this user, in a way chosen at random. */
  revokeOf: (user: TestUser, node: number) => Promise<Revocation>
  open: () => number
  close: () => void
}

export function createRevoker ({ world, history, traffic }: { world: World, history: History, traffic: Traffic }): Revoker {
  const idle: Line[][] = world.nodes.map(() => [])
  const lines = new Set<Line>()
  let open = 0

  async function revoke (kind: string, node: number, ask: Ask, sessions: TestSession[]): Promise<Revocation> {
    const line = idle[node]?.pop() ?? new Line(() => world.nodes[node]?.clients.port ?? 0)
    lines.add(line)
    const record: Revocation = { kind, node, sessions, sentAt: performance.now(), answeredAt: Infinity, status: 0, count: 0 }
    history.revocations.push(record)
    open++
    const { status, body } = await line.ask(ask)
    record.answeredAt = performance.now()
    record.status = status
    record.count = Number(body['count'] ?? 0)
    open--
    idle[node]?.push(line)
    // Whatever is asked from here on was sent after the 200 had been received.
    for (const session of sessions) {
      if (status === 200) traffic.ended(session)
      else traffic.living.delete(session)
    }
    return record
  }

  return {
    revoke,
    async revokeOf (user, node) {
      const { keeper, targets } = user
      const [target] = targets
      const chance = Math.random()
      if (target === undefined || chance < 0.12) {
        return await revoke('all', node, { method: 'DELETE', path: '/api/sessions', token: keeper.token }, [keeper, ...targets.splice(0)])
      }
      if (chance < 0.24) return await revoke('others', node, { method: 'DELETE', path: '/api/sessions/others', token: keeper.token }, targets.splice(0))
      targets.shift()
      if (chance < 0.4) return await revoke('admin', node, { method: 'POST', path: `/revoke/${target.id}` }, [target])
      if (chance < 0.5) return await revoke('logout', node, { method: 'POST', path: '/api/auth/logout', token: target.token }, [target])
      return await revoke('single', node, { method: 'DELETE', path: `/api/sessions/${target.id}`, token: keeper.token }, [target])
    },
    open: () => open,
    close () { for (const line of lines) line.close() }
  }
}
