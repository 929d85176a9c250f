/** The use cases: open, get, list, rename, and every way to end sessions. */
import { InvalidCredentials, ReauthenticationRequired, sessionEnded, SessionNotFound } from '../errors.ts'
import type { UserId } from '../session-types.ts'
import type { RevocationReport, Session, SessionDetail } from '../protocol.ts'
import type { ConfirmedEnds } from './confirmed-ends.ts'
import { changesCredentials } from './store/credentials.ts'
import type { Database } from '../database/database.ts'
import { pageOf, readCursor } from './cursor.ts'
import type { Ending } from './ending.ts'
import type { Place, PlacedRow } from './store/lists.ts'
import type { Login } from './login.ts'
import { checkSessionId, checkUserId, isUuid } from './login-input.ts'
import { endOf, presentDetail, presentSession, type DetailRow } from '../session-row.ts'
import type { Cause } from './ended-session.ts'
import type { ListOptions, SessionPage } from './session-page.ts'
import type { SessionStore } from './store/sessions.ts'
import type { Stored } from '../database/stored.ts'
import type { UserQueue } from './user-queue.ts'

export interface SessionManagerOptions {
  database: Pick<Database, 'sql'>
  store: SessionStore
  stored: Stored
  login: Login
  ending: Ending
  /** Lists of one user come one after the other: asked for all at once, they would hold up everybody else. */
  lists: UserQueue
  /** The user's list changed, by an action on this node. */
  changed: (userId: string) => void
  /** This session's row has changed: what is held of it in memory is old. */
  refresh: (id: string) => void
  /** The database's time, in ms since 1970. */
  now: () => number
  confirmedEnds: ConfirmedEnds
  idleTimeoutMs: number
  retentionMs: number
}

/** Whose session it has to be; anybody's when it is left out. */
export interface Owner {
  userId?: UserId | undefined
}

const LISTS = ['open', 'ended'] as const
/** What one answer holds at most: making it must not keep others waiting. */
const OPEN_PAGE = 500
const ENDED_PAGE = 200
/** Rows that are read and written out in the same turn of the event loop. */
const FEW = 50

export type SessionManager = ReturnType<typeof createSessionManager>

export function createSessionManager ({ database, store, stored, login, ending, lists, changed, refresh, now, confirmedEnds, idleTimeoutMs, retentionMs }: SessionManagerOptions) {
  async function existing (id: string, userId: UserId | undefined): Promise<DetailRow> {
    const row = isUuid(id) ? await stored(() => store.findWithAddresses(database.sql, id)) : null
    if (row === null || (userId !== undefined && row.userId !== checkUserId(userId))) throw new SessionNotFound()
    return row
  }

  async function openPage (userId: string, includeEnded: boolean, after: Place | null): Promise<ReturnType<typeof pageOf<PlacedRow>>> {
    const rows = await stored(() => store.openOfUser(database.sql, userId, includeEnded ? retentionMs : null, { after, limit: OPEN_PAGE + 1 }))
    return pageOf(rows, OPEN_PAGE, 'open')
  }

  function latestFirst (rows: PlacedRow[], currentId: string | null): PlacedRow[] {
    for (const row of rows) {
      // Who asks is active now; its row says so with the next batch.
      if (row.id === currentId && endOf(row) === null) row.lastActivityAt = Math.max(row.lastActivityAt, now())
    }
    return rows.sort((a, b) => b.lastActivityAt - a.lastActivityAt)
  }

  async function page (id: string, { currentId = null, includeEnded = false, cursor }: ListOptions): Promise<SessionPage> {
    const place = readCursor(cursor, LISTS)
    const open = place?.list === 'ended' ? null : await openPage(id, includeEnded, place)
    const openRows = open === null ? [] : latestFirst(open.page, currentId)
    if (!includeEnded || (open !== null && open.nextCursor !== null)) return { items: openRows.map(shownTo(currentId)), nextCursor: open?.nextCursor ?? null }
    const after = place?.list === 'ended' ? place : null
    const rows = await stored(() => store.endedOfUser(database.sql, id, retentionMs, { after, limit: ENDED_PAGE + 1 }))
    const { page, nextCursor } = pageOf(rows, ENDED_PAGE, 'ended')
    const many = page.length > FEW
    // The driver has just read so many rows; what is made of them, and its JSON, are turns of their own.
    if (many) await new Promise(setImmediate)
    const items = [...openRows, ...page].map(shownTo(currentId))
    if (many) await new Promise(setImmediate)
    return { items, nextCursor }
  }

  const shownTo = (currentId: string | null) => (row: PlacedRow): Session => presentSession(row, { currentId, idleTimeoutMs })

  return {
    open: login.open,
    openIn: login.openIn,
    discard: login.discard,

    /** What a login or a proof that begins now may count on, where the node's own cursor is in doubt. */
    async loginBegin (): Promise<string> {
      return await stored(() => store.snapshot(database.sql))
    },

    /**
     * A page of the user's sessions: those that live, latest activity first, 500 at most; then, with `includeEnded`, 200 at most of those
     * that ended within the retention time, latest end first. Rejects with 400 when the cursor is none of ours.
     */
    async listPage (userId: UserId, options: ListOptions = {}): Promise<SessionPage> {
      const id = checkUserId(userId)
      return await lists.run(id, () => page(id, options))
    },

    /** The items of {@link listPage} alone. */
    async list (userId: UserId, options?: ListOptions): Promise<Session[]> {
      return (await this.listPage(userId, options)).items
    },

    /** One session, ended or not; with `userId`, only this user's. Rejects with `SESSION_NOT_FOUND`. */
    async get (id: string, { userId, currentId = null }: Owner & { currentId?: string | null } = {}): Promise<SessionDetail> {
      const row = await existing(id, userId)
      return presentDetail(row, { currentId, idleTimeoutMs })
    },

    /** Gives a living session another name; with `userId`, only this user's. Rejects with `SESSION_NOT_FOUND`. */
    async rename (id: string, deviceName: string, { userId, currentId = null }: Owner & { currentId?: string | null } = {}): Promise<Session> {
      const row = isUuid(id) ? await stored(() => store.rename(database.sql, id, userId === undefined ? undefined : checkUserId(userId), deviceName)) : null
      if (row === null) throw new SessionNotFound()
      refresh(row.id)
      changed(row.userId)
      return presentSession(row, { currentId, idleTimeoutMs })
    },

    /** Ends one session; with `userId`, only this user's. Again is safe, and waits the same way. Rejects with `SESSION_NOT_FOUND`. */
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

    /** Ends all sessions of a user, but for `except`. With `password_changed` and `account_disabled` running logins are refused too. */
    async revokeUser (userId: UserId, { except, ...cause }: Cause & { except?: string | undefined }): Promise<RevocationReport> {
      if (except !== undefined) checkSessionId(except, 'except')
      return await ending.end({ userId: checkUserId(userId), except }, cause)
    },

    /**
     * Rejects with `SESSION_REAUTHENTICATION_REQUIRED` unless this person proved who they are within this time, in ms; with
     * `SESSION_REVOKED` or `SESSION_EXPIRED` when the session has ended meanwhile.
     */
    async requireRecentAuthentication (id: string, withinMs: number): Promise<void> {
      const row = await stored(() => store.authenticatedWithin(database.sql, id, withinMs))
      const reason = row === null ? 'policy' : endOf(row)
      if (reason !== null) throw sessionEnded(reason)
      if (row?.recent !== true) throw new ReauthenticationRequired()
    },

    /**
     * They proved it just now; the time, in ms since 1970. With `provedSince`, as of when the proof began, one of credentials that
     * were changed meanwhile is none: `INVALID_CREDENTIALS`. Rejects with `SESSION_REVOKED` or `SESSION_EXPIRED` when the session has ended.
     */
    async noteAuthentication (id: string, provedSince: string | null = null): Promise<number> {
      const at = await stored(() => store.noteAuthentication(database.sql, id, provedSince))
      if (at !== null) return at
      const row = await stored(() => store.find(database.sql, id))
      const reason = row === null ? 'policy' : endOf(row)
      throw reason === null ? new InvalidCredentials() : sessionEnded(reason)
    },

    /**
     * Ends nothing: what a session that has ended gets when it asks to end all of its user's. Waits until every earlier end of theirs is
     * certain, once: the session ended none that ended later.
     */
    async confirmAllEnded ({ id, userId }: { id: string, userId: string }): Promise<RevocationReport> {
      const all = `all by ${id}`
      if (confirmedEnds.has(all, userId)) return ending.nothingLeft()
      const note = confirmedEnds.begin()
      const report = await ending.confirmEnded({ userId })
      note(all, userId)
      return report
    }
  }
}
