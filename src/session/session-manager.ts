/** The use cases on single sessions: open, get, rename, every way to end them, and proofs of who somebody is. */
import type { AddressRule } from '../address.ts'
import type { Transaction } from '../app/instances.ts'
import {
  InvalidCredentials,
  ReauthenticationRequired,
  sessionEnded,
  SessionNotFound,
  SessionUnconfirmed
} from '../errors.ts'
import type { RevocationReport, Session, SessionDetail } from '../protocol.ts'
import { endOf, presentDetail, presentSession, type DetailRow, type SessionRow } from '../session-row.ts'
import type { UserId } from '../session-types.ts'
import type { ConfirmedEnds } from './confirmed-ends.ts'
import type { Cause } from './ended-session.ts'
import type { Ending } from './ending.ts'
import { checkSessionId, checkUserId, isUuid } from './login-input.ts'
import type { Login } from './login.ts'
import { requireSameTransaction } from './own-transaction.ts'
import { changesCredentials } from './store/credentials.ts'
import type { Queries, Store } from './store/store.ts'
import type { UserLists } from './user-lists.ts'

export interface SessionManagerOptions {
  store: Store
  login: Login
  ending: Ending
  lists: UserLists
  addressRule: AddressRule
  /** The user's list changed, by an action on this node. */
  changed: (userIds: readonly string[]) => void
  /** This session's row has changed: what is held of it in memory is old. */
  refresh: (id: string) => void
  confirmedEnds: ConfirmedEnds
  idleTimeoutMs: number
}

/** Whose session it has to be; anybody's when it is left out. */
export interface Owner {
  userId?: UserId | undefined
}

/** Who is shown it: the session with `currentId` has `isCurrent: true`. */
export interface Viewer extends Owner {
  currentId?: string | null
}

export type SessionManager = ReturnType<typeof createSessionManager>

export function createSessionManager ({
  store, login, ending, lists, addressRule, changed, refresh, confirmedEnds, idleTimeoutMs
}: SessionManagerOptions) {
  async function existing (id: string, userId: UserId | undefined): Promise<DetailRow> {
    const row = isUuid(id) ? await store.findWithAddresses(id) : null
    if (row === null || (userId !== undefined && row.userId !== checkUserId(userId))) throw new SessionNotFound()
    return row
  }

  /** Confirmed, its device is a known one. */
  async function confirmUnderLock (queries: Queries, id: string, userId: string): Promise<SessionRow | null> {
    const row = await queries.confirm(id, userId)
    if (row === null) return null
    const { deviceId, ipAddress, location } = row
    await queries.noteDevice({ userId, deviceId, network: addressRule.network(ipAddress), location })
    return row
  }

  return {
    ...lists,
    open: login.open,
    openIn: login.openIn,
    discard: login.discard,

    /** What a login or a proof that begins now may count on, where the node's own cursor is in doubt. */
    snapshot: store.snapshot,

    /** One session, ended or not; with `userId`, only this user's. Rejects with `SESSION_NOT_FOUND`. */
    async get (id: string, { userId, currentId = null }: Viewer = {}): Promise<SessionDetail> {
      const row = await existing(id, userId)
      return presentDetail(row, { currentId, idleTimeoutMs })
    },

    /** Gives an active session another name; with `userId`, only this user's. Rejects with `SESSION_NOT_FOUND`. */
    async rename (id: string, deviceName: string, { userId, currentId = null }: Viewer = {}): Promise<Session> {
      const owner = userId === undefined ? undefined : checkUserId(userId)
      const row = isUuid(id) ? await store.rename(id, owner, deviceName) : null
      if (row === null) throw new SessionNotFound()
      refresh(row.id)
      changed([row.userId])
      return presentSession(row, { currentId, idleTimeoutMs })
    },

    /**
     * Confirms a session of this user that waits for it; again is no news. Whoever confirms it from another session of
     * the user's is named by `from`: no session confirms itself. Rejects with `SESSION_NOT_FOUND`.
     */
    async confirm (id: string, { userId, from = null }: { userId: UserId, from?: string | null }): Promise<Session> {
      const owner = checkUserId(userId)
      if (id.toLowerCase() === from) throw new SessionUnconfirmed()
      const row = isUuid(id) ? await store.transaction((queries) => confirmUnderLock(queries, id, owner)) : null
      if (row === null) {
        const found = await existing(id, owner)
        if (endOf(found) !== null) throw new SessionNotFound()
        return presentSession(found, { currentId: from, idleTimeoutMs })
      }
      refresh(row.id)
      changed([row.userId])
      return presentSession(row, { currentId: from, idleTimeoutMs })
    },

    /** Nothing is known of this user's devices any more: the next login of each is one of a new device. */
    async forgetDevices (userId: UserId): Promise<{ count: number }> {
      return { count: await store.forgetDevices(checkUserId(userId)) }
    },

    /**
     * Ends one session; with `userId`, only this user's. Again is safe, and waits the same way. Rejects with
     * `SESSION_NOT_FOUND`.
     */
    async revoke (id: string, { userId, ...cause }: Owner & Cause): Promise<RevocationReport> {
      if (!isUuid(id)) throw new SessionNotFound()
      const owner = userId === undefined ? null : checkUserId(userId)
      const known = id.toLowerCase()
      if (owner !== null && confirmedEnds.has(known, owner) && !changesCredentials(cause)) return ending.nothingLeft()
      const note = confirmedEnds.begin()
      const report = await ending.end({ ids: [id], ...(owner === null ? {} : { userId: owner }) }, cause)
      if (report.count === 0) await existing(id, userId)
      if (owner !== null) note(known, owner)
      return report
    },

    /**
     * Ends all sessions of a user, but for `except`. With `password_changed` and `account_disabled` running logins are
     * refused too.
     */
    async revokeUser (
      userId: UserId, { except, ...cause }: Cause & { except?: string | undefined }
    ): Promise<RevocationReport> {
      if (except !== undefined) checkSessionId(except, 'except')
      return await ending.end({ userId: checkUserId(userId), except }, cause)
    },

    /**
     * Rejects with `SESSION_REAUTHENTICATION_REQUIRED` unless this person proved who they are within this time, in ms;
     * with `SESSION_REVOKED` or `SESSION_EXPIRED` when the session has ended meanwhile.
     */
    async requireRecentAuthentication (id: string, withinMs: number): Promise<void> {
      const row = await store.authenticatedWithin(id, withinMs)
      const reason = row === null ? 'policy' : endOf(row)
      if (reason !== null) throw sessionEnded(reason)
      if (row?.recent !== true) throw new ReauthenticationRequired()
    },

    /**
     * They proved it just now; the time, in ms since 1970. With `asOf`, as of when the proof began, one of
     * credentials that were changed meanwhile is none: `INVALID_CREDENTIALS`. Rejects with `SESSION_REVOKED` or
     * `SESSION_EXPIRED` when the session has ended.
     */
    async noteAuthentication (id: string, asOf: string | null = null): Promise<number> {
      const at = await store.noteAuthentication(id, asOf)
      if (at !== null) return at
      const row = await store.find(id)
      const reason = row === null ? 'policy' : endOf(row)
      throw reason === null ? new InvalidCredentials() : sessionEnded(reason)
    },

    /**
     * Ends nothing: what a session that has ended gets when it asks to end all of its user's. Waits until every earlier
     * end of theirs is certain, once: the session ended none that ended later.
     */
    async confirmAllEnded ({ id, userId }: { id: string, userId: string }): Promise<RevocationReport> {
      const all = `all by ${id}`
      if (confirmedEnds.has(all, userId)) return ending.nothingLeft()
      const note = confirmedEnds.begin()
      const report = await ending.confirmEnded({ userId })
      note(all, userId)
      return report
    },

    /**
     * Inside the app's own transaction: rejects with `SESSION_REVOKED` or `SESSION_EXPIRED` when the session has ended,
     * and holds back its end until the transaction is over.
     */
    async assertAlive (transaction: Transaction, id: string): Promise<void> {
      const queries = store.within(transaction)
      const row = await queries.lockAlive(id)
      const reason = row === null ? 'policy' : endOf(row)
      if (reason !== null) throw sessionEnded(reason)
      await requireSameTransaction(queries, 'assertAlive', row?.xid ?? '')
    },

    /** The same for other database layers: a statement that gives a row only when the session is active. */
    aliveStatement: store.aliveStatement
  }
}
