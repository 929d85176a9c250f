/** The admitted sessions that a node holds in memory: bounded, found by the whole token, dropped by session. */
import { LRUCache } from 'lru-cache'
import type { EndReason } from '../protocol.ts'
import type { SessionRecord } from './session-record.ts'

/**
 * A token is looked up by its end, which is its signature's, and then compared whole: hashing all of its characters
 * would be the dearest part of a request. Two authentic tokens with the same end would only push each other out.
 */
const KEY_CHARACTERS = 24
const keyOf = (token: string): string => token.slice(-KEY_CHARACTERS)

export type SessionCache = ReturnType<typeof createSessionCache>

export function createSessionCache (maxSessions: number) {
  const bySession = new Map<string, SessionRecord>()
  const byToken = new LRUCache<string, SessionRecord>({
    max: maxSessions,
    dispose (record) {
      record.cached = false
      if (bySession.get(record.id) === record) bySession.delete(record.id)
    }
  })

  return {
    find (token: string): SessionRecord | undefined {
      const key = keyOf(token)
      const record = byToken.peek(key)
      if (record?.token !== token) return undefined
      // Who was used last is told apart by batches of activity: moving a record to the front at each request would cost more than finding it.
      if (!record.unwritten) byToken.get(key)
      return record
    },

    /** One record a session: an older token of it is dropped. */
    keep (record: SessionRecord): void {
      const other = bySession.get(record.id)
      if (other !== undefined) byToken.delete(keyOf(other.token))
      byToken.set(keyOf(record.token), record)
      bySession.set(record.id, record)
      record.cached = true
    },

    drop (record: SessionRecord): void {
      if (byToken.peek(keyOf(record.token)) === record) byToken.delete(keyOf(record.token))
    },

    /** Its row is to be read anew. */
    forget (id: string): void {
      const record = bySession.get(id)
      if (record !== undefined) this.drop(record)
    },

    /** The session has ended: its record is flagged, for the requests that hold it, and dropped. */
    end (id: string, reason: EndReason): void {
      const record = bySession.get(id)
      if (record === undefined) return
      record.ended = reason
      byToken.delete(keyOf(record.token))
    },

    clear (): void {
      byToken.clear()
    },

    size: (): number => byToken.size
  }
}
