/**
 * A user's list of sessions: first those that nobody has ended, then, if asked for, those that somebody has; in pages.
 */
import type { Session } from '../protocol.ts'
import { endOf, presentSession } from '../session-row.ts'
import type { UserId } from '../session-types.ts'
import { pageOf, readCursor } from './cursor.ts'
import { checkUserId } from './login-input.ts'
import type { ListOptions, SessionPage } from './session-page.ts'
import type { Position, PositionedRow } from './store/lists.ts'
import type { Store } from './store/store.ts'
import type { UserQueue } from './user-queue.ts'

export interface UserListsOptions {
  store: Pick<Store, 'openOfUser' | 'endedOfUser'>
  /** Lists of one user come one after the other: asked for all at once, they would hold up everybody else. */
  queue: UserQueue
  /** The database's time, in ms since 1970. */
  now: () => number
  idleTimeoutMs: number
  retentionMs: number
}

export type UserLists = ReturnType<typeof createUserLists>

const LISTS = ['open', 'ended'] as const
/** What one answer holds at most: making it must not keep others waiting. */
const OPEN_PAGE = 500
const ENDED_PAGE = 200
/** Rows that are read and written out in the same turn of the event loop. */
const FEW = 50

export function createUserLists ({ store, queue, now, idleTimeoutMs, retentionMs }: UserListsOptions) {
  const shownTo = (currentId: string | null) => (row: PositionedRow): Session =>
    presentSession(row, { currentId, idleTimeoutMs })

  async function openPage (
    userId: string,
    includeEnded: boolean,
    after: Position | null
  ): Promise<ReturnType<typeof pageOf<PositionedRow>>> {
    const rows = await store.openOfUser(userId, includeEnded ? retentionMs : null, { after, limit: OPEN_PAGE + 1 })
    return pageOf(rows, OPEN_PAGE, 'open')
  }

  function latestFirst (rows: PositionedRow[], currentId: string | null): PositionedRow[] {
    for (const row of rows) {
      // Who asks is active now; its row says so with the next batch.
      if (row.id === currentId && endOf(row) === null) row.lastActivityAt = Math.max(row.lastActivityAt, now())
    }
    return rows.sort((a, b) => b.lastActivityAt - a.lastActivityAt)
  }

  async function page (
    userId: string,
    { currentId = null, includeEnded = false, cursor }: ListOptions
  ): Promise<SessionPage> {
    const position = readCursor(cursor, LISTS)
    const open = position?.list === 'ended' ? null : await openPage(userId, includeEnded, position)
    const openRows = open === null ? [] : latestFirst(open.page, currentId)
    if (!includeEnded || (open !== null && open.nextCursor !== null)) {
      return { items: openRows.map(shownTo(currentId)), nextCursor: open?.nextCursor ?? null }
    }
    const after = position?.list === 'ended' ? position : null
    const rows = await store.endedOfUser(userId, retentionMs, { after, limit: ENDED_PAGE + 1 })
    const { page, nextCursor } = pageOf(rows, ENDED_PAGE, 'ended')
    const many = page.length > FEW
    // The driver has just read so many rows; what is made of them, and its JSON, are turns of their own.
    if (many) await new Promise(setImmediate)
    const items = [...openRows, ...page].map(shownTo(currentId))
    if (many) await new Promise(setImmediate)
    return { items, nextCursor }
  }

  return {
    /**
     * A page of the user's sessions: those that are active, latest activity first, 500 at most; then, with
     * `includeEnded`, 200 at most of those that ended within the retention time, latest end first. Rejects with 400
     * when the cursor is none of ours.
     */
    async listPage (userId: UserId, options: ListOptions = {}): Promise<SessionPage> {
      const id = checkUserId(userId)
      return await queue.run(id, () => page(id, options))
    },

    /** The items of {@link listPage} alone. */
    async list (userId: UserId, options?: ListOptions): Promise<Session[]> {
      return (await this.listPage(userId, options)).items
    }
  }
}
