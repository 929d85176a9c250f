/** The database of the command line, by the driver alone: transactions, repeats and lost connections as in MikroORM's pool. */
import t, { type Test } from 'tap'
import { openDriverDatabase, type DriverDatabase } from '../../src/database/driver-database.ts'
import { createDatabase, type TestDatabase } from '../helpers/database.ts'

const PID = 'select pg_backend_pid() as pid'

async function open (t: Test, queryTimeoutMs = 10_000): Promise<{ test: TestDatabase, database: DriverDatabase }> {
  const test = await createDatabase(t)
  await test.query('create table written (n integer)')
  const database = openDriverDatabase({ url: test.url, connections: 2, queryTimeoutMs })
  t.teardown(database.close)
  return { test, database }
}

t.test('a transaction is committed, or rolled back whole; it sees what others commit meanwhile', async (t) => {
  const { test, database: { sql, transaction } } = await open(t)
  await test.query(`alter database ${test.name} set default_transaction_isolation = 'serializable'`)
  await transaction(async (within) => {
    await within('insert into written values ($1)', [1])
    await sql('insert into written values ($1)', [2])
    t.same(await within('select n from written order by n'), [{ n: 1 }, { n: 2 }])
  })
  await t.rejects(transaction(async (within) => {
    await within('insert into written values (3)')
    throw new Error('no')
  }), { message: 'no' })
  t.same(await sql('select n from written order by n'), [{ n: 1 }, { n: 2 }])
})

t.test('what PostgreSQL rolled back for a deadlock or a serialisation failure is done again', async (t) => {
  const { database: { sql, transaction } } = await open(t)
  for (const condition of ['deadlock_detected', 'serialization_failure']) {
    let attempts = 0
    await transaction(async (within) => {
      attempts++
      await within('insert into written values ($1)', [attempts])
      if (attempts === 1) await within(`do $$ begin raise ${condition}; end $$`)
    })
  }
  t.same(await sql('select n from written'), [{ n: 2 }, { n: 2 }], 'and what was done before is gone')
})

t.test('a connection that is lost within a transaction fails it, and nothing else', async (t) => {
  const { test, database: { sql, transaction } } = await open(t)
  await t.rejects(transaction(async (within) => {
    const [{ pid } = { pid: 0 }] = await within<{ pid: number }>(PID)
    await test.query('select pg_terminate_backend($1)', [pid])
    await within('select pg_sleep(10)')
  }))
  t.same(await sql('select 1 as one'), [{ one: 1 }])
})

t.test('a statement that takes too long fails, and its connection with it', async (t) => {
  const { database: { sql } } = await open(t, 500)
  const [before] = await sql<{ pid: number }>(PID)
  await t.rejects(sql('select pg_sleep(10)'), { message: 'Query read timeout' })
  const [after] = await sql<{ pid: number }>(PID)
  t.not(after?.pid, before?.pid)
})
