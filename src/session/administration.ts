/** What administrators do: search everybody's sessions, look at one with its events, and end them by filter. */
import { setTimeout as delay } from 'node:timers/promises'
import { WHOLE_ADDRESSES, type AddressRule } from '../address.ts'
import { RevocationUnconfirmed, SessionNotFound } from '../errors.ts'
import type { RevocationReport } from '../protocol.ts'
import { isoTime, presentDetail, presentSession } from '../session-row.ts'
import type { AdminPage, AdminSessionDetail } from './admin-views.ts'
import { pageOf, readCursor, writeCursor } from './cursor.ts'
import type { Cause } from './ended-session.ts'
import { MAX_REPORTED_IDS, type Ending } from './ending.ts'
import { isUuid } from './login-input.ts'
import type { EndedChunk } from './store/administration.ts'
import { changesCredentials } from './store/credentials.ts'
import { filterOfKept, isEverybody, normalizeFilter, requireKept, type SessionFilter } from './store/filter.ts'
import type { PageRequest, Position, PositionedRow } from './store/lists.ts'
import type { Store } from './store/store.ts'

export interface AdministrationOptions {
  store: Store
  ending: Pick<Ending, 'confirmed'>
  /** What is kept of addresses; left out: all of it. */
  addressRule?: AddressRule
  /** Nothing more is to be begun: the node goes down. */
  closing: () => boolean
  idleTimeoutMs: number
}

/** A part of a search: one list of its results. */
interface SearchPart extends PageRequest {
  list: string
  /** A user whose sessions are left out. */
  except: string | null
}

/** A position before every other. */
const BEFORE_ALL: Position = { micros: '9'.repeat(16), id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' }
const SEARCHES = ['user', 'all'] as const
/** Of a session, in one answer. */
const EVENTS = 200
/** Sessions ended in one statement: its locks are short. */
const CHUNK = 1_000
/** Users noted in one transaction, each with a lock: PostgreSQL has room for some thousand of them. */
const USERS = 500
/** A chunk that waited for somebody's locks has not cost that much, in ms. */
const LONGEST_REST_MS = 500
/**
 * How long an end of everybody's sessions waits for logins that are in their transactions, and how often it looks. In
 * ms.
 */
const LONGEST_WAIT_FOR_LOGINS_MS = 5_000
const LOOK_EVERY_MS = 20

export type Administration = ReturnType<typeof createAdministration>

export function createAdministration (
  { store, ending, addressRule = WHOLE_ADDRESSES, closing, idleTimeoutMs }: AdministrationOptions
) {
  const shown = { currentId: null, idleTimeoutMs }

  /**
   * Notes, for everybody whose sessions are to end, that a password checked before counts no more; gives the
   * transactions. All of it before the first end: a login that came in between would leave a session where the chunks
   * have been already.
   */
  async function noteCredentialsChange (filter: SessionFilter, cause: Cause): Promise<string[]> {
    if (!changesCredentials(cause)) return []
    if (isEverybody(filter)) {
      return [await store.transaction((queries) => queries.noteEverybodysCredentialsChange(cause))]
    }
    const noteAll = (userIds: readonly string[]): Promise<string> =>
      store.transaction((queries) => queries.noteCredentialsChange(userIds, cause))
    // Named, they need no session: the login under way may be the first.
    if (filter.userId !== undefined) return [await noteAll([filter.userId])]
    const xids: string[] = []
    let after: string | null = null
    do {
      const userIds: string[] = await store.usersWhere(filter, { after, limit: USERS })
      if (userIds.length > 0) xids.push(await noteAll(userIds))
      after = userIds.length < USERS ? null : userIds.at(-1) ?? null
      if (after !== null && closing()) throw new RevocationUnconfirmed()
    } while (after !== null)
    return xids
  }

  /**
   * Logins that may not know of the note leave sessions behind the chunks: whether they are all over. Later ones wait
   * for nobody.
   */
  async function earlierLoginsOver (): Promise<boolean> {
    const deadline = performance.now() + LONGEST_WAIT_FOR_LOGINS_MS
    let left = await store.loginsUnderWay()
    while (left.length > 0 && performance.now() < deadline && !closing()) {
      await delay(LOOK_EVERY_MS)
      const among = left
      left = await store.loginsUnderWay(among)
    }
    return left.length === 0
  }

  async function searchPage (
    filter: SessionFilter,
    { list, after, limit, except }: SearchPart
  ): Promise<{ page: PositionedRow[], nextCursor: string | null }> {
    // Full already: the others begin with the next page.
    if (limit === 0) return { page: [], nextCursor: writeCursor({ list, ...BEFORE_ALL }) }
    const rows = await store.search(filter, { after, limit: limit + 1, except })
    const paged = pageOf(rows, limit, list)
    if (paged.nextCursor !== null) return paged
    const edge = await store.edgeOf(filter, after)
    return { page: rows, nextCursor: edge === null ? null : writeCursor({ list, ...edge }) }
  }

  return {
    /**
     * A page of sessions, newest first; those of a user whose id is `q` come before the others. A page of a search by
     * text or status may hold fewer than `limit`, or none, and have a next one all the same: it looked through so many.
     * Rejects with 400 when the cursor is none of ours.
     */
    async search (
      given: SessionFilter,
      { cursor, limit, currentId }: { cursor?: string | undefined, limit: number, currentId: string | null }
    ): Promise<AdminPage> {
      const filter = filterOfKept(normalizeFilter(given), addressRule)
      const position = readCursor(cursor, SEARCHES)
      const { q, ...others } = filter
      const named = q !== undefined && filter.userId === undefined ? { ...others, userId: q } : null
      const first = named === null || position?.list === 'all'
        ? null
        : await searchPage(named, { list: 'user', after: position, limit, except: null })
      const rest = first?.nextCursor ?? null
      const found = first?.page ?? []
      const second = rest !== null
        ? { page: [], nextCursor: rest }
        : await searchPage(filter, {
          list: 'all',
          after: position?.list === 'all' ? position : null,
          limit: limit - found.length,
          except: named?.userId ?? null
        })
      return {
        items: [...found, ...second.page].map((row) => ({
          ...presentSession(row, { ...shown, currentId }),
          userId: row.userId
        })),
        nextCursor: second.nextCursor
      }
    },

    /** With the newest 200 events, or those behind the cursor. Rejects with `SESSION_NOT_FOUND`. */
    async get (
      id: string, { currentId, cursor }: { currentId: string | null, cursor?: string | undefined }
    ): Promise<AdminSessionDetail> {
      const after = readCursor(cursor, ['events'])
      const row = isUuid(id) ? await store.findWithAddresses(id) : null
      if (row === null) throw new SessionNotFound()
      const [events, risk] = await Promise.all([store.eventsOf(id, { after, limit: EVENTS + 1 }), store.judgedBy(id)])
      const { page, nextCursor } = pageOf(events, EVENTS, 'events')
      return {
        session: { ...presentDetail(row, { ...shown, currentId }), userId: row.userId },
        user: { id: row.userId },
        risk,
        events: page.map(({ at, micros: _micros, ...event }) => ({ ...event, at: isoTime(at) })),
        nextCursor
      }
    },

    /** How many active sessions {@link revokeWhere} would end. Touches nothing. */
    async countWhere (given: SessionFilter): Promise<number> {
      const filter = requireKept(normalizeFilter(given), addressRule)
      return await store.countWhere(filter)
    },

    /**
     * Ends all sessions that match, in chunks by id when they are many; resolves when that is certain. With
     * `password_changed` and `account_disabled` logins of those users that are under way are refused, too. This node
     * learns of the ends as the others do, page by page. After each chunk the database rests for as long as it took:
     * the others' requests go on meanwhile. Rejects with `SESSION_REVOCATION_UNCONFIRMED`, though it has ended all that
     * it saw, when a login stayed in an app's open transaction.
     */
    async revokeWhere (
      given: SessionFilter, cause: Cause, onProgress: (ended: number) => void = () => {}
    ): Promise<RevocationReport> {
      const filter = requireKept(normalizeFilter(given), addressRule)
      let count = 0
      const ids: string[] = []
      const xids = await noteCredentialsChange(filter, cause)
      const complete = !changesCredentials(cause) || !isEverybody(filter) || await earlierLoginsOver()
      let after: string | null = null
      do {
        const begin = performance.now()
        const page = { after, limit: CHUNK, named: MAX_REPORTED_IDS - ids.length }
        const chunk: EndedChunk = await store.endWhere(filter, cause, page)
        count += chunk.count
        ids.push(...chunk.ids)
        if (chunk.xid !== null) xids.push(chunk.xid)
        after = chunk.last
        onProgress(count)
        if (after !== null) await delay(Math.min(performance.now() - begin, LONGEST_REST_MS))
        if (after !== null && closing()) throw new RevocationUnconfirmed()
      } while (after !== null)
      // A repeat waits for what was ended before, and may not have reached every node.
      const report = await ending.confirmed({ count, ids, xids }, await store.unappliedEndsWhere(filter, xids))
      if (!complete) throw new RevocationUnconfirmed()
      return report
    }
  }
}
