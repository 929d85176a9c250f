/** The use cases: open, get, list, rename, and every way to end sessions. */
import { randomUUID } from 'node:crypto'
import type { Device } from '../device.ts'
import { InvalidCredentials, SessionNotFound, StoreUnavailable } from '../errors.ts'
import type { RevocationReason, RevocationReport, Session, SessionDetail } from '../protocol.ts'
import type { Confirmed } from '../revocation/confirmation.ts'
import type { Database } from './database.ts'
import { checkClaims, checkUserId } from './login-input.ts'
import type { SessionEmitter } from './session-events.ts'
import { isoTime, presentDetail, presentSession, type DetailRow } from '../session-row.ts'
import type { Cause, EndedSession, Selection, SessionStore } from './session-store.ts'

export interface SessionManagerOptions {
  database: Pick<Database, 'sql' | 'transaction'>
  store: SessionStore
  /** Waits until no node accepts these sessions any more. */
  confirm: (ended: readonly EndedSession[]) => Promise<Confirmed>
  /** A renewal that begins now, through. */
  renew: () => Promise<void>
  signToken: (claims: TokenContent) => string
  /** The user's list changed, by an action on this node. */
  changed: (userId: string) => void
  events: SessionEmitter
  absoluteTimeoutMs: number
  idleTimeoutMs: number
  retentionMs: number
  onError: (error: unknown) => void
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

/** After these, a password that was checked before counts no more. */
const CREDENTIAL_REASONS: ReadonlySet<string> = new Set<RevocationReason>(['password_changed', 'account_disabled'])
const MAX_REPORTED_IDS = 100
/** Every node has applied it long ago. */
const NOTHING_TO_WAIT_FOR: Confirmed = { waitedMs: 0, acknowledged: 1, lapsed: 0, notified: 0 }
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export type SessionManager = ReturnType<typeof createSessionManager>

export function createSessionManager (options: SessionManagerOptions) {
  const { database, store, confirm, renew, signToken, changed, events, absoluteTimeoutMs, idleTimeoutMs, retentionMs } = options

  /** Our own failure is 503, never anything else. */
  async function stored<T> (work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (error instanceof Error && 'statusCode' in error) throw error
      options.onError(error)
      throw Object.assign(new StoreUnavailable(), { cause: error })
    }
  }

  /** Commits the end of these sessions, then waits until it is certain. */
  async function end (selection: Selection, cause: Cause): Promise<RevocationReport> {
    const ended = await stored(() => commitEnd(selection, cause))
    const one = 'ids' in selection && selection.ids.length === 1 && ended.length === 1
    const earlier = one ? [] : await stored(() => store.unappliedEnds(database.sql, selection))
    const report = await confirmed(ended, earlier)
    // A login that begins after this answer must see the change: this node's cursor has to be past it.
    if (CREDENTIAL_REASONS.has(cause.reason)) await stored(renew)
    return report
  }

  /** Waits for what has just ended and, as a repeat does, for what ended earlier and may not have reached every node. */
  async function confirmed (ended: readonly EndedSession[], earlier: readonly EndedSession[]): Promise<RevocationReport> {
    const known = new Set(ended.map(({ id }) => id))
    const all = [...ended, ...earlier.filter(({ id }) => !known.has(id))]
    const { waitedMs, acknowledged, lapsed, notified } = all.length > 0 ? await confirm(all) : NOTHING_TO_WAIT_FOR
    return {
      count: ended.length,
      revoked: ended.slice(0, MAX_REPORTED_IDS).map(({ id }) => id),
      confirmed: true,
      waitedMs,
      nodes: { acknowledged, lapsed },
      sockets: { notified }
    }
  }

  async function commitEnd (selection: Selection, cause: Cause): Promise<EndedSession[]> {
    if ('ids' in selection || !CREDENTIAL_REASONS.has(cause.reason)) return await store.end(database.sql, selection, cause)
    return await database.transaction(async (sql) => {
      await store.lockUser(sql, selection.userId)
      await store.noteCredentialsChange(sql, selection.userId, cause)
      return await store.end(sql, selection, cause)
    })
  }

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
      const row = await stored(() => database.transaction(async (sql) => {
        if (asOf === null) throw new StoreUnavailable()
        await store.lockUser(sql, userId)
        if (await store.credentialsChangedSince(sql, userId, asOf)) throw new InvalidCredentials()
        return await store.insert(sql, { id, userId, clientId, deviceId, device, ip, absoluteTimeoutMs })
      }))
      const token = signToken({ ...added, sub: userId, session_id: id, exp: Math.floor(row.expiresAt / 1_000) })
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
      const report = await end({ ids: [id], ...(userId === undefined ? {} : { userId }) }, cause)
      if (report.count === 0) await existing(id, userId)
      return report
    },

    /** Ends all sessions of a user, but for `except`. With `password_changed` and `account_disabled` running logins are refused too. */
    async revokeUser (userId: string, { except, ...cause }: Cause & { except?: string | undefined }): Promise<RevocationReport> {
      return await end({ userId: checkUserId(userId), except }, cause)
    },

    /** Ends nothing: waits until every earlier end of this user's sessions is certain. */
    async confirmEnded (userId: string): Promise<RevocationReport> {
      return await confirmed([], await stored(() => store.unappliedEnds(database.sql, { userId })))
    }
  }
}
