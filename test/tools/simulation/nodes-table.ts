/** The simulated table of nodes: `NodeRegistry` as PostgreSQL keeps it, page-wise reading included, and its wrong variants. */
import type { NodeRegistry, Renewed, SessionChange } from '../../../src/revocation/node-registry.ts'
import type { EndedSession } from '../../../src/session/ended-session.ts'
import { EPOCH, type Database, type Statement } from './database.ts'
import type { Machine } from './machine.ts'
import { visibleIn } from './transactions.ts'
import type { World } from './world.ts'

/** What can be wrong with it, by a mutant's name. */
export const TABLE_VARIANTS = ['two_statement_renewal', 'sequence_cursor', 'evict_unconditionally', 'registry_in_redis', 'lease_before_commit'] as const
export type TableVariant = typeof TABLE_VARIANTS[number]

/** With the true time of its snapshot, for the judge. */
export type SimulatedRenewed = Renewed & { snapshotAt: number }

export interface SimulatedRegistry extends NodeRegistry {
  renew: (incarnation: string, cursor: string, extend: boolean) => Promise<SimulatedRenewed>
}

interface Row {
  stamp: string
  applied: string
}

export interface NodesTableOptions {
  world: World
  database: Database
  variant: TableVariant | null
  /** Ended sessions read in one statement. */
  page: number
  /** The renewal's connection gives up on a statement after this long, in ms. */
  timeoutMs: number
}

export type NodesTable = ReturnType<typeof createNodesTable>

const POOL_TIMEOUT_MS = 10_000

export function createNodesTable ({ world, database, variant, page, timeoutMs }: NodesTableOptions) {
  const rows = new Map<string, Row>()
  /** The rows as Redis would have them; for its mutant. */
  const volatile = new Map<string, Row>()
  /** All ends, in the order of their commits. */
  const ends: EndedSession[] = []
  /** All that changed but for ends, with the transaction that did it. */
  const changes: Array<SessionChange & { xid: string }> = []
  let stamps = 0
  let evicted = 0

  const byNumber = variant === 'sequence_cursor'
  const cursorNow = (snapshot: string): string => byNumber ? String(Math.max(0, ...ends.map(({ xid }) => Number(xid)))) : snapshot
  /** Whether a transaction is behind this cursor. */
  const coveredBy = (cursor: string): (xid: string) => boolean => {
    const visible = byNumber ? (xid: number) => xid <= Number(cursor) : visibleIn(cursor)
    return (xid) => visible(Number(xid))
  }
  const lockOf = (incarnation: string): string => `node ${incarnation}`

  function write (incarnation: string, applied: string): void {
    const row = { stamp: `stamp-${++stamps}`, applied }
    rows.set(incarnation, row)
    volatile.set(incarnation, row)
  }

  function remove (incarnation: string): void {
    rows.delete(incarnation)
    volatile.delete(incarnation)
  }

  /** What ended between two snapshots, by transaction and id; from behind `after` on. */
  function endedBetween (from: string, to: string, after: EndedSession | undefined): EndedSession[] {
    const [known, shown] = [coveredBy(from), coveredBy(to)]
    return ends.filter((end) => (after === undefined || inOrder(after, end) < 0) && !known(end.xid) && shown(end.xid))
      .sort(inOrder).slice(0, page)
  }

  function changedBetween (from: string, to: string): typeof changes {
    const [known, shown] = [coveredBy(from), coveredBy(to)]
    return changes.filter(({ xid }) => !known(xid) && shown(xid))
  }

  function renewal (incarnation: string, cursor: string, extend: boolean): Statement<SimulatedRenewed, SimulatedRenewed> {
    return {
      kind: 'renew',
      writes: extend,
      read: (snapshot) => ({
        registered: rows.has(incarnation),
        cursor: cursorNow(snapshot),
        ended: endedBetween(cursor, cursorNow(snapshot), undefined),
        changes: changedBetween(cursor, cursorNow(snapshot)),
        stamps: Object.fromEntries([...rows].map(([name, { stamp }]) => [name, stamp])),
        behind: false,
        time: EPOCH + world.now,
        startedAt: database.startedAt,
        snapshotAt: world.now
      }),
      locks: ({ registered }) => extend && registered ? [lockOf(incarnation)] : [],
      commit (seen) {
        // A read alone says what its snapshot showed.
        const registered = extend ? rows.has(incarnation) : seen.registered
        if (extend && registered) write(incarnation, cursor)
        return { ...seen, registered, ...(variant === 'two_statement_renewal' ? { cursor: database.transactions.snapshot() } : {}) }
      },
      ...(extend && variant === 'lease_before_commit' ? { replyFirst: (seen: SimulatedRenewed) => seen } : {})
    }
  }

  return {
    ends,
    changes,
    evicted: () => evicted,
    /** Redis was restarted, empty. */
    forgetVolatile: () => { volatile.clear() },
    allApplied: (xid: string): boolean => [...rows.values()].every(({ applied }) => coveredBy(applied)(xid)),

    /** What one node asks; all but `others` on one connection, one after the other. */
    of (machine: Machine): SimulatedRegistry {
      let last: Promise<unknown> = Promise.resolve()
      function next<Seen, Reply> (statement: Statement<Seen, Reply>): Promise<Reply> {
        const mine = last.then(() => database.run(machine, statement, timeoutMs))
        last = mine.catch(() => {})
        return mine
      }

      return {
        register: (incarnation, kept, older) => next({
          kind: 'register',
          writes: true,
          read: (snapshot) => kept ?? cursorNow(snapshot),
          commit (cursor) {
            if (older !== null) remove(older)
            write(incarnation, cursor)
            return cursor
          }
        }),

        async renew (incarnation, cursor, extend) {
          const renewed = await next(renewal(incarnation, cursor, extend))
          let part = renewed.ended
          while (part.length === page) {
            const after = part.at(-1)
            part = await next({ kind: 'page', writes: false, read: () => endedBetween(cursor, renewed.cursor, after), commit: (read) => read })
            renewed.ended = [...renewed.ended, ...part]
          }
          return renewed
        },

        evict (incarnation, stamp) {
          const still = (): boolean => variant === 'evict_unconditionally' ? rows.has(incarnation) : rows.get(incarnation)?.stamp === stamp
          return next({
            kind: 'evict',
            writes: true,
            read: still,
            locks: (found) => found ? [lockOf(incarnation)] : [],
            commit (found) {
              if (!found || !still()) return
              remove(incarnation)
              evicted++
            }
          })
        },

        leave: (incarnation) => next({
          kind: 'leave', writes: true, read: () => {}, locks: () => [lockOf(incarnation)], commit: () => { remove(incarnation) }
        }),

        others: (incarnation, xids) => database.run(machine, {
          kind: 'others',
          writes: false,
          read: () => [...(variant === 'registry_in_redis' ? volatile : rows)]
            .filter(([name]) => name !== incarnation)
            .map(([name, { applied }]) => ({ incarnation: name, applied: xids.every(coveredBy(applied)) })),
          commit: (nodes) => nodes
        }, POOL_TIMEOUT_MS)
      }
    }
  }
}

function inOrder (a: EndedSession, b: EndedSession): number {
  return Number(a.xid) - Number(b.xid) || (a.id === b.id ? 0 : a.id < b.id ? -1 : 1)
}
