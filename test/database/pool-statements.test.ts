/** Single statements on the pool: prepared where that is possible, and never for longer than they may take. */
import { MikroORM } from '@mikro-orm/postgresql'
import t, { type Test } from 'tap'
import { liveSessionEntities } from '../../src/database/entities/index.ts'
import { openDatabase, type Database } from '../../src/database/database.ts'
import { createDatabase } from '../helpers/database.ts'

const PREPARED = { prepared: true }
const PID = 'select pg_backend_pid() as pid'

/** An app's own ORM, with one connection and no time limit of its own. */
async function openApps (t: Test, queryTimeoutMs = 5_000): Promise<Database> {
  const { url } = await createDatabase(t)
  const orm = await MikroORM.init({ clientUrl: url, entities: liveSessionEntities, discovery: { disableDynamicFileAccess: true }, pool: { min: 0, max: 1 }, logger: () => {} })
  t.teardown(async () => { await orm.close(true) })
  return await openDatabase({ database: { orm }, queryTimeoutMs })
}

t.test('a prepared statement that a pooler forgot is asked again without its name', async (t) => {
  const { sql } = await openApps(t)
  const [first] = await sql<{ pid: number }>(PID, [], PREPARED)
  await sql('deallocate all')
  const [again] = await sql<{ pid: number }>(PID, [], PREPARED)
  t.strictSame(again, first)
  t.strictSame(await sql('select name from pg_prepared_statements where name like \'live_sessions%\''), [], 'and from then on none has a name')
})

t.test('in the app\'s pool too, a statement that takes too long fails, and its connection with it', async (t) => {
  const { sql } = await openApps(t, 300)
  const [before] = await sql<{ pid: number }>(PID)
  await t.rejects(sql('select pg_sleep(10)'), { message: 'Query read timeout' })
  const [after] = await sql<{ pid: number }>(PID)
  t.not(after?.pid, before?.pid)
})
