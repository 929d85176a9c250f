/** The admitted sessions that a node holds in memory: bounded, found by the whole token, dropped by session. */
import { LRUCache } from 'lru-cache'
import type { EndReason } from '../protocol.ts'
import type { SessionRecord } from './session-record.ts'

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
    find: (token: string): SessionRecord | undefined => byToken.get(token),

    /** One record a session: an older token of it is dropped. */
    keep (record: SessionRecord): void {
      const other = bySession.get(record.id)
      if (other !== undefined) byToken.delete(other.token)
      byToken.set(record.token, record)
      bySession.set(record.id, record)
      record.cached = true
    },

    drop (record: SessionRecord): void {
      if (byToken.peek(record.token) === record) byToken.delete(record.token)
    },

    /** The session has ended: its record is flagged, for the requests that hold it, and dropped. */
    end (id: string, reason: EndReason): void {
      const record = bySession.get(id)
      if (record === undefined) return
      record.ended = reason
      byToken.delete(record.token)
    },

    clear (): void {
      byToken.clear()
    },

    size: (): number => byToken.size
  }
}
