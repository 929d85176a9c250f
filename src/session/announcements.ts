/** Says once that a session has ended: to the user's other devices, and to the app's listeners. */
import { systemClock, type Clock } from '../clock.ts'
import type { SessionEmitter } from './session-events.ts'
import { isoTime } from '../session-row.ts'
import type { EndedSession } from './ended-session.ts'

export interface AnnouncementsOptions {
  /** Whether some device of this user would hear of it here. */
  hasSockets: (userId: string) => boolean
  /** This user's list of sessions changed. */
  changed: (userIds: Iterable<string>) => void
  events: SessionEmitter
  clock?: Pick<Clock, 'monotonic'>
}

/**
 * An end is learnt again within seconds: by the node that did it, and from its renewal. By time, not by number: 100,000
 * may end at once.
 */
const REMEMBERED_MS = 60_000

export function createAnnouncements (
  { hasSockets: watched, changed, events, clock = systemClock }: AnnouncementsOptions
): (ended: readonly EndedSession[]) => void {
  let told = new Set<string>()
  let toldBefore = new Set<string>()
  let since = clock.monotonic()

  function forgetOld (): void {
    if (clock.monotonic() - since < REMEMBERED_MS) return
    toldBefore = told
    told = new Set()
    since = clock.monotonic()
  }

  return (ended) => {
    forgetOld()
    const userIds = new Set<string>()
    const heard = events.hasListeners('ended')
    for (const { id, userId, reason, at, eventId } of ended) {
      // Of many thousand that end at once nearly none has anybody to tell here: nothing is kept of them.
      if ((!heard && !watched(userId)) || told.has(eventId) || toldBefore.has(eventId)) continue
      told.add(eventId)
      userIds.add(userId)
      if (heard) events.emit('ended', { userId, sessionId: id, reason, at: isoTime(at) })
    }
    if (userIds.size > 0) changed(userIds)
  }
}
