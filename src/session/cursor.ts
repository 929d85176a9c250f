/** Cursors of pages, as text for the outside: which list, and the position in it. */
import { ArgumentInvalid } from '../errors.ts'
import { isUuid } from './login-input.ts'
import type { Position } from './store/lists.ts'

const MICROSECONDS = /^\d{1,16}$/

export interface Cursor<List extends string> extends Position {
  list: List
}

export function writeCursor ({ list, micros, id }: Cursor<string>): string {
  return Buffer.from(JSON.stringify([micros, id, list])).toString('base64url')
}

/** Null for no cursor; throws where it is none of ours, or one of another list. */
export function readCursor<List extends string> (
  cursor: string | undefined,
  lists: readonly List[]
): Cursor<List> | null {
  if (cursor === undefined) return null
  try {
    const [micros, id, list] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[]
    const known = lists.find((name) => name === list)
    if (
      typeof micros === 'string' && MICROSECONDS.test(micros) && typeof id === 'string' && isUuid(id) &&
      known !== undefined
    ) return { micros, id, list: known }
  } catch {
    // Falls through to the rejection.
  }
  throw new ArgumentInvalid('querystring/cursor must be the nextCursor of an earlier page')
}

/** The first `limit` rows, and the cursor behind them when there are more. */
export function pageOf<Row extends Position> (
  rows: readonly Row[],
  limit: number,
  list: string
): { page: Row[], nextCursor: string | null } {
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  return {
    page,
    nextCursor: rows.length > limit && last !== undefined
      ? writeCursor({ list, micros: last.micros, id: last.id })
      : null
  }
}
