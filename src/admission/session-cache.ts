/** The admitted sessions that a node holds in memory: bounded, found by token (compared whole), dropped by session. */
import type { EndReason } from '../protocol.ts'
import type { SessionRecord } from './session-record.ts'

/**
 * A token is looked up by its end, which is its signature's, and then compared whole: hashing all of its characters
 * would be the dearest part of a request. Two authentic tokens with the same end would only push each other out.
 * Of a string up to this length V8 makes a copy, and of a longer one a reference, which takes much longer to hash.
 */
const KEY_CHARACTERS = 12
const keyOf = (token: string): string => token.slice(-KEY_CHARACTERS)
/** Records that get a second chance before one has to go, whatever its use. */
const MAX_CHANCES = 100

export type SessionCache = ReturnType<typeof createSessionCache>

/**
 * No library's cache: a request may not pay for moving its record to the front, nor the end of a session for what a
 * hundred thousand others take. Records stand in the order in which they came in; whoever was in use since the last
 * batch of activity gets a second chance when room is needed (the CLOCK rule).
 */
export function createSessionCache (maxSessions: number) {
  const byToken = new Map<string, SessionRecord>()
  const bySession = new Map<string, SessionRecord>()

  function drop (record: SessionRecord): void {
    const key = keyOf(record.token)
    if (byToken.get(key) === record) byToken.delete(key)
    if (bySession.get(record.id) === record) bySession.delete(record.id)
    record.cached = false
  }

  function makeRoom (): void {
    let chances = MAX_CHANCES
    for (const [key, record] of byToken) {
      if (!record.unwritten || chances-- === 0) {
        drop(record)
        return
      }
      byToken.delete(key)
      byToken.set(key, record)
    }
  }

  return {
    find (token: string): SessionRecord | undefined {
      const record = byToken.get(keyOf(token))
      return record?.token === token ? record : undefined
    },

    /** One record a session: an older token of it is dropped. */
    keep (record: SessionRecord): void {
      const key = keyOf(record.token)
      for (const other of [bySession.get(record.id), byToken.get(key)]) if (other !== undefined) drop(other)
      if (byToken.size >= maxSessions) makeRoom()
      byToken.set(key, record)
      bySession.set(record.id, record)
      record.cached = true
    },

    drop,

    /** Its row is to be read anew. */
    forget (id: string): void {
      const record = bySession.get(id)
      if (record !== undefined) drop(record)
    },

    /** The session has ended: its record is flagged, for the requests that hold it, and dropped. */
    end (id: string, reason: EndReason): void {
      const record = bySession.get(id)
      if (record === undefined) return
      record.ended = reason
      drop(record)
    },

    clear (): void {
      for (const record of byToken.values()) record.cached = false
      byToken.clear()
      bySession.clear()
    },

    size: (): number => byToken.size
  }
}
