/**
 * A pool that PostgreSQL gives no further connection: whoever waits gets one that is open, and fails only when there is
 * none at all.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Knex } from '@mikro-orm/postgresql'
import type { Client } from 'pg'

/** What of knex's client and of tarn, its pool, is needed. */
interface PoolClient {
  acquireRawConnection: () => Promise<Client>
  pool: {
    propagateCreateError: boolean
    pendingAcquires: ReadonlyArray<{ reject: (error: unknown) => void }>
    numUsed: () => number
    numFree: () => number
    on: (event: 'createFail', listener: (eventId: number, error: unknown) => void) => void
  }
}

/** After PostgreSQL refused one, it is asked for no other for this long; then by one at a time. */
export const PAUSE_MS = 200

/**
 * Tarn would refuse somebody who waits for each connection that could not be opened, though one is given back in a
 * moment. While PostgreSQL is full they now wait, as for a full pool, while it tries again; and when no connection is
 * open nor being opened, all who wait are refused at once. Any other failure stays as it was: who waits hears of it,
 * and the next one tries again. For our own pool only: an app's fails as the app has it.
 */
export function waitForOpenConnections (knex: Knex): void {
  const client = knex.client as PoolClient
  const { pool } = client
  const connect = client.acquireRawConnection.bind(client)
  let trying = 0
  let refused: { error: unknown, pause: Promise<void> } | null = null

  // However many wait: each of them would make the pool try.
  client.acquireRawConnection = async () => {
    if (refused !== null) {
      const { error, pause } = refused
      await pause
      if (refused !== null && (trying > 0 || refused.pause !== pause)) throw error
    }
    trying++
    const before = refused
    try {
      const connection = await connect()
      // One that was on its way when another was refused got the last place.
      if (refused === before) refused = null
      return connection
    } catch (error) {
      refused = isFull(error) ? { error, pause: delay(PAUSE_MS) } : null
      throw error
    } finally {
      trying--
    }
  }
  pool.propagateCreateError = false
  pool.on('createFail', (_eventId, error) => {
    if (!isFull(error)) pool.pendingAcquires[0]?.reject(error)
    else if (pool.numUsed() + pool.numFree() + trying === 0) {
      for (const waiting of [...pool.pendingAcquires]) waiting.reject(error)
    }
  })
}

/**
 * PostgreSQL's class 53, insufficient resources: too many connections, of a role or a database as well. PgBouncer has
 * words only.
 */
function isFull (error: unknown): boolean {
  const { code, message } = error as { code?: unknown, message?: unknown }
  return /^53/.test(String(code)) || /no more connections allowed/.test(String(message))
}
