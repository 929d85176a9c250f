/** What administrators do: search everybody's sessions, look at one with its events, and end them by filter. */
import { WHOLE_ADDRESSES } from '../address.ts'
import { SessionNotFound } from '../errors.ts'
import { isoTime, presentDetail, presentSession } from '../session-row.ts'
import type { AdminPage, AdminSessionDetail } from './admin-views.ts'
import { pageOf, readCursor, writeCursor } from './cursor.ts'
import { isUuid } from './login-input.ts'
import { createMassEnd, type MassEndOptions } from './mass-end.ts'
import { filterOfKept, normalizeFilter, type SessionFilter } from './store/filter.ts'
import type { PageRequest, Position, PositionedRow } from './store/lists.ts'

export interface AdministrationOptions extends MassEndOptions {
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

export type Administration = ReturnType<typeof createAdministration>

export function createAdministration (options: AdministrationOptions) {
  const { store, addressRule = WHOLE_ADDRESSES, idleTimeoutMs } = options
  const shown = { currentId: null, idleTimeoutMs }

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
    ...createMassEnd(options),

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
    }
  }
}
