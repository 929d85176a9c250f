/**
 * What a node does with what it learns: of sessions that have ended, of other changes, and of a database that is not
 * the one it was.
 */
import type { Admission } from '../admission/admission.ts'
import type { LiveNotices } from '../notices/live-notices.ts'
import { NOTICE_KINDS } from '../protocol.ts'
import type { SocketRecheck } from '../push/socket-recheck.ts'
import type { SessionSignals } from '../push/session-signals.ts'
import type { SocketRegistry } from '../push/socket-registry.ts'
import type { ConfirmedEnds } from '../session/confirmed-ends.ts'
import type { EndedSession } from '../session/ended-session.ts'
import type { SessionChange } from './node-registry.ts'
import type { NotifiedCounts } from './notified-counts.ts'

/** Who is told of an end. */
export interface EndParts {
  admission: Pick<Admission, 'end'>
  signals: Pick<SessionSignals, 'end'>
  sockets: Pick<SocketRegistry, 'logout'>
  notified: Pick<NotifiedCounts, 'add'>
  announce: (ended: readonly EndedSession[]) => void
}

/**
 * The one place where an end takes effect on a node: memory and running reads, signals, sockets, listeners. Idempotent.
 */
export function applyEnds (
  { admission, signals, sockets, notified, announce }: EndParts,
  ended: readonly EndedSession[]
): void {
  admission.end(ended)
  signals.end(ended)
  for (const session of ended) notified.add(session.xid, sockets.logout(session))
  announce(ended)
}

/** Who is told of a change. */
export interface ChangeParts {
  admission: Pick<Admission, 'refresh' | 'opened'>
  sockets: Pick<SocketRegistry, 'changed' | 'askAgain'>
  liveNotices: LiveNotices
}

/** Logins, new names, confirmations: the user's other devices hear of them, and memory shows no old row. */
export function applyChanges (
  { admission, sockets, liveNotices }: ChangeParts,
  changes: readonly SessionChange[]
): void {
  sockets.changed(new Set(changes.map(({ userId }) => userId)))
  for (const { type, sessionId } of changes) {
    if (sessionId === null) continue
    if (type === 'opened') admission.opened(sessionId)
    if (type === 'renamed' || type === 'confirmed') admission.refresh(sessionId)
    if (type === 'confirmed') sockets.askAgain(sessionId)
  }
  liveNotices(changes.flatMap(({ type, userId, sessionId, reason }) => {
    const kind = type === 'assessed' ? NOTICE_KINDS.find((known) => known === reason) : undefined
    return kind === undefined || sessionId === null ? [] : [{ userId, sessionId, kind }]
  }))
}

/** Who holds what may be old. */
export interface ResetParts {
  admission: Pick<Admission, 'reset'>
  confirmedEnds: Pick<ConfirmedEnds, 'clear'>
  recheck: Pick<SocketRecheck, 'checkAll'>
  sockets: Pick<SocketRegistry, 'all'>
  signals: Pick<SessionSignals, 'checkAll'>
}

/**
 * Something may have ended that no renewal tells: nothing in memory counts any more, and whatever is open is asked for.
 */
export function applyReset ({ admission, confirmedEnds, recheck, sockets, signals }: ResetParts): void {
  admission.reset()
  confirmedEnds.clear()
  void recheck.checkAll(sockets.all())
  void signals.checkAll()
}
