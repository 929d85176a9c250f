/** Says once that a session has ended: to the user's other devices, and to the app's listeners. */
import { LRUCache } from 'lru-cache'
import type { SessionEmitter } from './session-events.ts'
import { isoTime } from '../session-row.ts'
import type { EndedSession } from './session-store.ts'

export interface AnnouncementsOptions {
  /** This user's list of sessions changed. */
  changed: (userIds: readonly string[]) => void
  events: SessionEmitter
}

/** An end is learnt twice at most within seconds: by the node that did it, and from its renewal. */
const MAX_REMEMBERED = 50_000

export function createAnnouncements ({ changed, events }: AnnouncementsOptions): (ended: readonly EndedSession[]) => void {
  const told = new LRUCache<string, true>({ max: MAX_REMEMBERED })

  return (ended) => {
    for (const { id, userId, reason, at, eventId } of ended) {
      if (told.has(eventId)) continue
      told.set(eventId, true)
      changed([userId])
      events.emit('ended', { userId, sessionId: id, reason, at: isoTime(at) })
    }
  }
}
