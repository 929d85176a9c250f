/**
 * Sessions whose end was confirmed on every node: whoever ends them again, and again, is answered without a query. An
 * end is final.
 */
import { createBoundedCache } from '../bounded-cache.ts'
import type { Clock } from '../clock.ts'

/** Of this node, the latest 10,000. */
export interface ConfirmedEnds {
  has: (id: string, userId: string) => boolean
  /**
   * To be called before the session is ended; what it gives notes that this was confirmed, unless all was forgotten
   * meanwhile.
   */
  begin: () => (id: string, userId: string) => void
  /** The database is not the one it was. */
  clear: () => void
}

const MAX_ENDS = 10_000
/** Rows of ended sessions are deleted one day, and then there is no such session. In ms. */
const REMEMBERED_MS = 600_000

export function createConfirmedEnds (clock: Pick<Clock, 'monotonic'>): ConfirmedEnds {
  const userOf = createBoundedCache<string>(MAX_ENDS, {
    ttl: REMEMBERED_MS,
    ttlResolution: 0,
    perf: { now: clock.monotonic }
  })
  let generation = 0
  return {
    has: (id, userId) => userOf.get(id) === userId,
    begin () {
      const begun = generation
      return (id, userId) => { if (begun === generation) userOf.set(id, userId) }
    },
    clear () {
      generation++
      userOf.clear()
    }
  }
}
