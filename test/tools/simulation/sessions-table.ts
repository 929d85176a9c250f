/** The simulated table of sessions: what `session-store` asks of PostgreSQL, with the trigger's transaction numbers. */
import type { EndReason } from '../../../src/protocol.ts'
import type { SessionRow } from '../../../src/session-row.ts'
import type { Cause, EndedSession, Selection, SessionEnd } from '../../../src/session/ended-session.ts'
import type { Touch } from '../../../src/session/store/activity.ts'
import { EPOCH, type Database } from './database.ts'
import type { Machine } from './machine.ts'
import type { NodesTable } from './nodes-table.ts'
import type { World } from './world.ts'

interface Row {
  id: string
  userId: string
  lastActivityAt: number
  /** How often it was renamed; its name says it. */
  renames: number
  end: EndedSession | null
}

export interface SessionsTableOptions {
  world: World
  database: Database
  nodes: NodesTable
  users: ReadonlyMap<string, string>
  /** True time of a session's absolute end, in ms. */
  endOf: (session: string) => number
  /** The timeout plus two batch intervals. */
  idleAllowanceMs: number
  /** A commit ended this session. */
  onEnd: (id: string) => void
  /** A commit gave it this name. */
  onRename: (id: string, renames: number) => void
}

export type SessionsTable = ReturnType<typeof createSessionsTable>

const QUERY_TIMEOUT_MS = 10_000

/** `users`: whose session it is, by session. */
export function createSessionsTable ({ world, database, nodes, users, endOf, idleAllowanceMs, onEnd, onRename }: SessionsTableOptions) {
  const rows = new Map([...users].map(([id, userId]): [string, Row] => [id, { id, userId, lastActivityAt: 0, renames: 0, end: null }]))
  const isIdle = (row: Row): boolean => row.lastActivityAt + idleAllowanceMs <= world.now
  const isExpired = (row: Row): boolean => endOf(row.id) <= world.now
  const lockOf = (id: string): string => `session ${id}`

  function selected (selection: Selection): Row[] {
    return [...rows.values()].filter((row) => 'ids' in selection
      ? selection.ids.includes(row.id)
      : row.userId === selection.userId && row.id !== selection.except)
  }

  function end (row: Row, reason: EndReason, xid: number): EndedSession {
    row.end = { id: row.id, userId: row.userId, reason, at: EPOCH + world.now, eventId: `end-of-${row.id}`, byDevice: null, xid: String(xid) }
    nodes.ends.push(row.end)
    onEnd(row.id)
    return row.end
  }

  return {
    isIdle: (id: string): boolean => isIdle(rows.get(id) as Row),

    /** What one node asks. */
    of: (machine: Machine) => ({
      find: (id: string): Promise<SessionRow | null> => database.run(machine, {
        kind: 'find',
        writes: false,
        read: () => {
          const row = rows.get(id)
          return row === undefined ? null : present(row, EPOCH + endOf(row.id), row.end !== null ? null : isExpired(row) ? 'expired' : isIdle(row) ? 'idle_timeout' : null)
        },
        commit: (row) => row
      }, QUERY_TIMEOUT_MS),

      end: (selection: Selection, { reason }: Cause): Promise<EndedSession[]> => database.run(machine, {
        kind: 'end',
        writes: true,
        read: () => selected(selection).filter((row) => row.end === null),
        locks: (targets) => targets.map(({ id }) => lockOf(id)),
        commit: (targets, { xid }) => targets.filter((row) => row.end === null).map((row) => end(row, reason, xid as number))
      }, QUERY_TIMEOUT_MS),

      rename: (id: string): Promise<void> => database.run(machine, {
        kind: 'rename',
        writes: true,
        read: () => rows.get(id) as Row,
        locks: () => [lockOf(id)],
        commit (row, { xid }) {
          if (row.end !== null || isExpired(row) || isIdle(row)) return
          onRename(id, ++row.renames)
          nodes.changes.push({ type: 'renamed', userId: row.userId, sessionId: id, xid: String(xid) })
        }
      }, QUERY_TIMEOUT_MS),

      unappliedEnds: (selection: Selection): Promise<EndedSession[]> => database.run(machine, {
        kind: 'unappliedEnds',
        writes: false,
        read: () => selected(selection).flatMap((row) => row.end === null || nodes.allApplied(row.end.xid) ? [] : [row.end]),
        commit: (ends) => ends
      }, QUERY_TIMEOUT_MS),

      findEnds: (ids: readonly string[]): Promise<SessionEnd[]> => database.run(machine, {
        kind: 'findEnds',
        writes: false,
        read: () => ids.flatMap((id): SessionEnd[] => {
          const row = rows.get(id)
          if (row === undefined) return [{ id, reason: 'policy', at: EPOCH + world.now, eventId: null }]
          if (row.end !== null) return [row.end]
          if (isExpired(row)) return [{ id, reason: 'expired', at: EPOCH + world.now, eventId: null }]
          return isIdle(row) ? [{ id, reason: 'idle_timeout', at: EPOCH + world.now, eventId: null }] : []
        }),
        commit: (found) => found
      }, QUERY_TIMEOUT_MS),

      endIdle: (id: string): Promise<EndedSession[]> => database.run(machine, {
        kind: 'endIdle',
        writes: true,
        read: () => rows.get(id),
        locks: () => [lockOf(id)],
        commit: (row, { xid }) => row !== undefined && row.end === null && !isExpired(row) && isIdle(row) ? [end(row, 'idle_timeout', xid as number)] : []
      }, QUERY_TIMEOUT_MS),

      /** Skips rows that are locked; activity only moves forward, and only in a living session. */
      touch: (batch: readonly Touch[]): Promise<string[]> => database.run(machine, {
        kind: 'touch',
        writes: true,
        read: () => ({ begin: world.now, free: batch.filter(({ id }) => !database.transactions.isLocked(lockOf(id))) }),
        locks: ({ free }) => free.map(({ id }) => lockOf(id)),
        commit ({ begin, free }) {
          for (const { id, agoMs } of free) {
            const row = rows.get(id)
            if (row !== undefined && row.end === null && !isExpired(row) && !isIdle(row)) row.lastActivityAt = Math.max(row.lastActivityAt, begin - agoMs)
          }
          return batch.filter((touch) => !free.includes(touch)).map(({ id }) => id)
        }
      }, QUERY_TIMEOUT_MS)
    })
  }
}

function present ({ id, userId, lastActivityAt, renames, end }: Row, expiresAt: number, timedOut: SessionRow['timedOut']): SessionRow {
  return {
    id,
    userId,
    clientId: null,
    deviceName: `device ${renames}`,
    deviceType: 'unknown',
    browserName: null,
    browserVersion: null,
    osName: null,
    osVersion: null,
    deviceVendor: null,
    deviceModel: null,
    ipAddress: null,
    location: null,
    createdAt: EPOCH,
    lastActivityAt: EPOCH + lastActivityAt,
    expiresAt,
    timedOut,
    revokedAt: end?.at ?? null,
    revokedReason: end?.reason ?? null,
    revokedBy: end === null ? null : 'system',
    revokedByDevice: null,
    fullExpiresAt: null,
    logoutDeliveredAt: null
  }
}
