/** A node's health, part by part; asked by load balancers. */
import type { Bus } from '../../src/revocation/bus.ts'
import type { DatabaseClock } from '../../src/revocation/database-clock.ts'
import type { Lease } from '../../src/revocation/lease.ts'
import type { Sql } from '../../src/database/sql.ts'
import type { Health } from './sessions.ts'

export interface HealthOptions {
  sql: Sql
  bus: Bus
  lease: Pick<Lease, 'held'>
  databaseClock: Pick<DatabaseClock, 'difference'>
  maxClockDifferenceMs: number
}

/** PostgreSQL has this long to answer, in ms. */
const DATABASE_TIMEOUT_MS = 1_000

export function createHealth (options: HealthOptions): () => Promise<Health> {
  const { sql, bus, lease, databaseClock, maxClockDifferenceMs } = options
  return async () => ({
    database: await answers(sql),
    bus: bus.healthy(),
    lease: lease.held(),
    clock: databaseClock.difference() <= maxClockDifferenceMs
  })
}

async function answers (sql: Sql): Promise<boolean> {
  const query = sql('select 1').then(() => true, () => false)
  const timeout = new Promise<false>((resolve) => { setTimeout(resolve, DATABASE_TIMEOUT_MS, false).unref() })
  return await Promise.race([query, timeout])
}
