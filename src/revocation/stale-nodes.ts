/**
 * Which nodes are stale: their stamp has stood still for long enough, by this node's own clock. Pure, but for what it
 * remembers.
 */

/** What one node remembers of the others' stamps, by incarnation. */
export interface StaleNodes {
  /**
   * Takes the stamps of one reading, and gives the nodes that are stale.
   * A stamp's time runs from the end of the reading that first showed it to the begin of this one: never too long.
   */
  observe: (
    stamps: Record<string, string>,
    reading: { own: string | null, begin: number, end: number }
  ) => Array<{ incarnation: string, stamp: string }>
}

/** `graceMs`: how long a stamp stands still until its node's lease is over for certain. */
export function createStaleNodes (graceMs: number): StaleNodes {
  let seen = new Map<string, { stamp: string, since: number }>()

  return {
    observe (stamps, { own, begin, end }) {
      const next: typeof seen = new Map()
      const stale = []
      for (const [incarnation, stamp] of Object.entries(stamps)) {
        if (incarnation === own) continue
        const before = seen.get(incarnation)
        const entry = before?.stamp === stamp ? before : { stamp, since: end }
        next.set(incarnation, entry)
        if (begin - entry.since >= graceMs) stale.push({ incarnation, stamp })
      }
      seen = next
      return stale
    }
  }
}
