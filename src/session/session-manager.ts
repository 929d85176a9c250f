/** The use cases: open, get, list, rename, and every way to end sessions. */
import { randomUUID } from 'node:crypto'
import type { Device } from '../device.ts'
import { InvalidCredentials, SessionNotFound, StoreUnavailable } from '../errors.ts'
import type { RevocationReport, Session, SessionDetail } from '../protocol.ts'
import type { Database } from './database.ts'
import type { Ending } from './ending.ts'
import { checkClaims, checkUserId } from './login-input.ts'
import type { SessionEmitter } from './session-events.ts'
import { isoTime, presentDetail, presentSession, type DetailRow } from '../session-row.ts'
import type { Cause, SessionStore } from './session-store.ts'
import type { Stored } from './stored.ts'

export interface SessionManagerOptions {
  database: Pick<Database, 'sql' | 'transaction'>
  store: SessionStore
  stored: Stored
  ending: Ending
  signToken: (claims: TokenContent) => string
  /** The user's list changed, by an action on this node. */
  changed: (userId: string) => void
  events: SessionEmitter
  absoluteTimeoutMs: number
  idleTimeoutMs: number
  retentionMs: number
}

/** What goes into a token; times in seconds since 1970. */
export interface TokenContent extends Record<string, unknown> {
  sub: string
  session_id: string
  exp: number
}

export interface OpenInput {
  userId: string
  /** What the app adds to the token. */
  claims?: Record<string, unknown> | undefined
  device: Device
  deviceId: string | null
  clientId: string | null
  ip: string | null
  /** The node's cursor when the login began: a later change of the user's credentials refuses it. */
  asOf: string | null
}

/** A login that succeeded. The token is shown to its owner only. */
export interface OpenedSession {
  token: string
  /** The absolute end, ISO 8601. */
  expiresAt: string
  session: Session
}

/** Whose session it has to be; anybody's when it is left out. */
export interface Owner {
  userId?: string | undefined
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export type SessionManager = ReturnType<typeof createSessionManager>

export function createSessionManager (options: SessionManagerOptions) {
  const { database, store, stored, ending, signToken, changed, events, absoluteTimeoutMs, idleTimeoutMs, retentionMs } = options

  async function existing (id: string, userId: string | undefined): Promise<DetailRow> {
    const row = UUID.test(id) ? await stored(() => store.findWithAddresses(database.sql, id)) : null
    if (row === null || (userId !== undefined && row.userId !== userId)) throw new SessionNotFound()
    return row
  }

  return {
    /**
     * A new session with its token. Rejects with `INVALID_CREDENTIALS` when the user's password was changed or the account
     * disabled while this login was under way.
     */
    async open ({ userId, claims, device, deviceId, clientId, ip, asOf }: OpenInput): Promise<OpenedSession> {
      checkUserId(userId)
      const added = checkClaims(claims)
      const id = randomUUID()
      const { row, token } = await stored(() => database.transaction(async (sql) => {
        if (asOf === null) throw new StoreUnavailable()
        await store.lockUser(sql, userId)
        if (await store.credentialsChangedSince(sql, userId, asOf)) throw new InvalidCredentials()
        const opened = await store.insert(sql, { id, userId, clientId, deviceId, device, ip, absoluteTimeoutMs })
        // Before the commit: claims that fit into no token must not leave a session behind.
        return { row: opened, token: signToken({ ...added, sub: userId, session_id: id, exp: Math.floor(opened.expiresAt / 1_000) }) }
      }))
      const session = presentSession(row, { currentId: id, idleTimeoutMs })
      changed(userId)
      events.emit('opened', { userId, session })
      return { token, expiresAt: isoTime(row.expiresAt), session }
    },

    /** The user's sessions, latest activity first; with `includeEnded`, those too that ended within the retention time. */
    async list (userId: string, { currentId = null, includeEnded = false }: { currentId?: string | null, includeEnded?: boolean } = {}): Promise<Session[]> {
      const rows = await stored(() => store.listOfUser(database.sql, userId, includeEnded ? retentionMs : null))
      return rows.map((row) => presentSession(row, { currentId, idleTimeoutMs }))
    },

    /** One session, ended or not; with `userId`, only this user's. Rejects with `SESSION_NOT_FOUND`. */
    async get (id: string, { userId, currentId = null }: Owner & { currentId?: string | null } = {}): Promise<SessionDetail> {
      const row = await existing(id, userId)
      return presentDetail(row, { currentId, idleTimeoutMs })
    },

    /** Gives a living session another name; with `userId`, only this user's. Rejects with `SESSION_NOT_FOUND`. */
    async rename (id: string, deviceName: string, { userId, currentId = null }: Owner & { currentId?: string | null } = {}): Promise<Session> {
      const row = UUID.test(id) ? await stored(() => store.rename(database.sql, id, userId, deviceName)) : null
      if (row === null) throw new SessionNotFound()
      changed(row.userId)
      return presentSession(row, { currentId, idleTimeoutMs })
    },

    /** Ends one session; with `userId`, only this user's. Again is safe, and waits the same way. Rejects with `SESSION_NOT_FOUND`. */
    async revoke (id: string, { userId, ...cause }: Owner & Cause): Promise<RevocationReport> {
      if (!UUID.test(id)) throw new SessionNotFound()
      const report = await ending.end({ ids: [id], ...(userId === undefined ? {} : { userId }) }, cause)
      if (report.count === 0) await existing(id, userId)
      return report
    },

    /** Ends all sessions of a user, but for `except`. With `password_changed` and `account_disabled` running logins are refused too. */
    async revokeUser (userId: string, { except, ...cause }: Cause & { except?: string | undefined }): Promise<RevocationReport> {
      return await ending.end({ userId: checkUserId(userId), except }, cause)
    },

    /** Ends nothing: waits until every earlier end of this user's sessions is certain. */
    async confirmEnded (userId: string): Promise<RevocationReport> {
      return await ending.confirmEnded({ userId })
    }
  }
}
