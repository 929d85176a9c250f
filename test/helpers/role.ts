/** A role of PostgreSQL for a test, gone with it. */
import pg from 'pg'
import type { Test } from 'tap'
import type { TestDatabase } from './database.ts'

export interface Role {
  name: string
  /** The test's database, as this role. */
  url: string
}

/** `options` as `create role` has them. What it owns and may do goes with it. */
export async function createRole (t: Test, database: TestDatabase, options = "login password 'hunter2'"): Promise<Role> {
  const name = `${database.name}_role_${++roles}`
  await database.query(`create role ${name} ${options}`)
  // The database goes first, and with it all that the role owns.
  t.teardown(async () => {
    await database.close()
    const admin = new pg.Client({ connectionString: Object.assign(new URL(database.url), { pathname: '/postgres' }).href })
    await admin.connect()
    await admin.query(`drop role ${name}`)
    await admin.end()
  })
  return { name, url: Object.assign(new URL(database.url), { username: name, password: 'hunter2' }).href }
}

let roles = 0
