/** What administrators do: search everybody's sessions, look at one with its events, and end them by filter. */
import { setTimeout as delay } from 'node:timers/promises'
import { ArgumentInvalid, RevocationUnconfirmed, SessionNotFound } from '../errors.ts'
import type { RevocationReport } from '../protocol.ts'
import { isoTime, presentDetail, presentSession } from '../session-row.ts'
import type { AdminPage, AdminSessionDetail } from './admin-views.ts'
import { changesCredentials } from './credential-changes.ts'
import type { Database } from './database.ts'
import { MAX_REPORTED_IDS, type Ending } from './ending.ts'
import { isUuid } from './login-input.ts'
import { isEverybody, normalizeFilter, type SessionFilter } from './session-filter.ts'
import type { AdminStore, EndedChunk } from './admin-store.ts'
import type { Cause } from './ended-session.ts'
import type { SessionStore } from './session-store.ts'
import type { Stored } from './stored.ts'

export interface AdministrationOptions {
  database: Pick<Database, 'sql' | 'transaction'>
  store: AdminStore
  credentials: Pick<SessionStore, 'noteCredentialsChange' | 'noteEverybodysCredentialsChange'>
  stored: Stored
  ending: Pick<Ending, 'confirmed'>
  /** Nothing more is to be begun: the node goes down. */
  closing: () => boolean
  idleTimeoutMs: number
}

/** A row's place in the order of creation. */
export interface Place {
  /** In microseconds since 1970, as exact as PostgreSQL has it. */
  createdAt: string
  id: string
}

/** Sessions ended in one statement: its locks are short. */
const CHUNK = 1_000
/** Users noted in one transaction, each with a lock: PostgreSQL has room for some thousand of them. */
const USERS = 500
/** A chunk that waited for somebody's locks has not cost that much, in ms. */
const LONGEST_REST_MS = 500

export type Administration = ReturnType<typeof createAdministration>

export function createAdministration ({ database, store, credentials, stored, ending, closing, idleTimeoutMs }: AdministrationOptions) {
  const shown = { currentId: null, idleTimeoutMs }

  /**
   * Notes, for everybody whose sessions are to end, that a password checked before counts no more; gives the transactions. All of it
   * before the first end: a login that came in between would leave a session where the chunks have been already.
   */
  async function noteCredentialsChange (filter: SessionFilter, cause: Cause): Promise<string[]> {
    if (!changesCredentials(cause)) return []
    if (isEverybody(filter)) return [await stored(() => database.transaction((sql) => credentials.noteEverybodysCredentialsChange(sql, cause)))]
    const noteAll = (userIds: readonly string[]): Promise<string> => stored(() => database.transaction((sql) => credentials.noteCredentialsChange(sql, userIds, cause)))
    // Named, they need no session: the login under way may be the first.
    if (filter.userId !== undefined) return [await noteAll([filter.userId])]
    const xids: string[] = []
    let after: string | null = null
    do {
      const userIds: string[] = await stored(() => store.usersWhere(database.sql, filter, { after, limit: USERS }))
      if (userIds.length > 0) xids.push(await noteAll(userIds))
      after = userIds.length < USERS ? null : userIds.at(-1) ?? null
      if (after !== null && closing()) throw new RevocationUnconfirmed()
    } while (after !== null)
    return xids
  }

  return {
    /** A page of sessions, newest first. Rejects with 400 when the cursor is none of ours. */
    async search (given: SessionFilter, { cursor, limit, currentId }: { cursor?: string | undefined, limit: number, currentId: string | null }): Promise<AdminPage> {
      const filter = normalizeFilter(given)
      const after = cursor === undefined ? null : readCursor(cursor)
      const rows = await stored(() => store.search(database.sql, filter, { after, limit: limit + 1 }))
      const page = rows.slice(0, limit)
      const last = page.at(-1)
      return {
        items: page.map((row) => ({ ...presentSession(row, { ...shown, currentId }), userId: row.userId })),
        nextCursor: rows.length > limit && last !== undefined ? writeCursor({ createdAt: last.createdAtMicros, id: last.id }) : null
      }
    },

    /** Rejects with `SESSION_NOT_FOUND`. */
    async look (id: string, currentId: string | null): Promise<AdminSessionDetail> {
      const row = isUuid(id) ? await stored(() => store.findWithAddresses(database.sql, id)) : null
      if (row === null) throw new SessionNotFound()
      const events = await stored(() => store.eventsOf(database.sql, id))
      return {
        session: { ...presentDetail(row, { ...shown, currentId }), userId: row.userId },
        user: { id: row.userId },
        events: events.map(({ at, ...event }) => ({ ...event, at: isoTime(at) }))
      }
    },

    /** How many living sessions {@link revokeWhere} would end. Touches nothing. */
    async countWhere (given: SessionFilter): Promise<number> {
      const filter = normalizeFilter(given)
      return await stored(() => store.countLiving(database.sql, filter))
    },

    /**
     * Ends all sessions that match, in chunks by id when they are many; resolves when that is certain. With `password_changed` and
     * `account_disabled` logins of those users that are under way are refused, too. This node learns of the ends as the others do,
     * page by page. After each chunk the database rests for as long as it took: the others' requests go on meanwhile.
     */
    async revokeWhere (given: SessionFilter, cause: Cause, onProgress: (ended: number) => void = () => {}): Promise<RevocationReport> {
      const filter = normalizeFilter(given)
      let count = 0
      const ids: string[] = []
      const xids = await noteCredentialsChange(filter, cause)
      let after: string | null = null
      do {
        const begin = performance.now()
        const chunk: EndedChunk = await stored(() => store.endWhere(database.sql, filter, cause, { after, limit: CHUNK, named: MAX_REPORTED_IDS - ids.length }))
        count += chunk.count
        ids.push(...chunk.ids)
        if (chunk.xid !== null) xids.push(chunk.xid)
        after = chunk.last
        onProgress(count)
        if (after !== null) await delay(Math.min(performance.now() - begin, LONGEST_REST_MS))
        if (after !== null && closing()) throw new RevocationUnconfirmed()
      } while (after !== null)
      // A repeat waits for what was ended before, and may not have reached every node.
      return await ending.confirmed({ count, ids, xids }, await stored(() => store.unappliedEnds(database.sql, filter, xids)))
    }
  }
}

const MICROSECONDS = /^\d{1,16}$/

function writeCursor ({ createdAt, id }: Place): string {
  return Buffer.from(JSON.stringify([createdAt, id])).toString('base64url')
}

function readCursor (cursor: string): Place {
  try {
    const [createdAt, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[]
    if (typeof createdAt === 'string' && MICROSECONDS.test(createdAt) && typeof id === 'string' && isUuid(id)) return { createdAt, id }
  } catch {
    // Falls through to the refusal.
  }
  throw new ArgumentInvalid('querystring/cursor must be the nextCursor of an earlier page')
}
