/** Single statements on the pool: prepared where that is possible, and never for longer than they may take. */
import { MikroORM } from '@mikro-orm/postgresql'
import t, { type Test } from 'tap'
import { liveSessionEntities } from '../../src/database/entities/index.ts'
import { openDatabase, type Database } from '../../src/database/database.ts'
import { createStatementNames } from '../../src/database/statement-names.ts'
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

t.test('a transaction whose prepared statement a pooler forgot runs again without names', async (t) => {
  const { sql, transaction } = await openApps(t)
  await sql('create table written (n integer)')
  const insert = async (n: number): Promise<void> => {
    await transaction(async (within) => {
      await within('insert into written values ($1::integer + 0 * $1::integer)', [n])
      await within(PID, [], PREPARED)
    })
  }
  await insert(1)
  t.match(await sql('select statement from pg_prepared_statements'), [{ statement: PID }], 'the connection keeps it')
  await insert(2)
  await sql('deallocate all')
  await insert(3)
  t.same(await sql('select n from written order by n'), [{ n: 1 }, { n: 2 }, { n: 3 }], 'each once')
  t.strictSame(await sql("select name from pg_prepared_statements where name like 'live_sessions%'"), [])
})

t.test('a name is its statement\'s own, in every process', async (t) => {
  const [one, other] = [createStatementNames(), createStatementNames()]
  other.of('select 1')
  t.same(one.of('select 2'), other.of('select 2'))
  t.not(one.of('select 1').name, one.of('select 2').name)
})

t.test('in the app\'s pool too, a statement that takes too long fails, and its connection with it', async (t) => {
  const { sql } = await openApps(t, 300)
  const [before] = await sql<{ pid: number }>(PID)
  await t.rejects(sql('select pg_sleep(10)'), { message: 'Query read timeout' })
  const [after] = await sql<{ pid: number }>(PID)
  t.not(after?.pid, before?.pid)
})
