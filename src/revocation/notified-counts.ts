/**
 * How many sockets were sent a `logout`, by the transaction that ended their sessions; for the reports of a few
 * seconds.
 */
import { createBoundedCache } from '../bounded-cache.ts'

const MAX_TRANSACTIONS = 1_000

export interface NotifiedCounts {
  add: (xid: string, sockets: number) => void
  of: (xids: readonly string[]) => number
}

export function createNotifiedCounts (): NotifiedCounts {
  const counts = createBoundedCache<number>(MAX_TRANSACTIONS)
  return {
    add (xid, sockets) {
      if (sockets > 0) counts.set(xid, (counts.get(xid) ?? 0) + sockets)
    },
    of: (xids) => xids.reduce((sum, xid) => sum + (counts.get(xid) ?? 0), 0)
  }
}
