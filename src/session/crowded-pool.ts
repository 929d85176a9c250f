/** A pool that PostgreSQL gives no further connection: whoever waits gets one that is open, and fails only when there is none at all. */
import type { Knex } from '@mikro-orm/postgresql'

/** What of tarn, knex's pool, is needed. */
interface Pool {
  propagateCreateError: boolean
  pendingAcquires: ReadonlyArray<{ reject: (error: unknown) => void }>
  numUsed: () => number
  numFree: () => number
  numPendingCreates: () => number
  on: (event: 'createFail', listener: (eventId: number, error: unknown) => void) => void
}

/**
 * Tarn would refuse somebody who waits for each connection that could not be opened, though one is given back in a moment. Now he
 * waits, as for a full pool, while it tries again; and when no connection is open nor being opened, all who wait are refused at once.
 */
export function waitForOpenConnections (knex: Knex): void {
  const { pool } = knex.client as { pool: Pool }
  // Where the app's pool waits in any case, it stays so; and one that several instances share is prepared once.
  if (!pool.propagateCreateError) return
  pool.propagateCreateError = false
  pool.on('createFail', (_eventId, error) => {
    if (pool.numUsed() + pool.numFree() + pool.numPendingCreates() > 0) return
    for (const waiting of [...pool.pendingAcquires]) waiting.reject(error)
  })
}
