/** A test's database is the next one's only without its rows, and only where it left nothing else. */
import pg from 'pg'
import t from 'tap'
import { createDatabase, type TestDatabase } from './database.ts'
import { createRole } from './role.ts'
import { openRows } from './session-rows.ts'

/** What stays when it is renamed. */
async function numberOf ({ query }: TestDatabase): Promise<string> {
  return (await query<{ number: string }>('select oid::text as number from pg_database where datname = current_database()'))[0]?.number ?? ''
}

t.test('without its rows it is the next one\'s', async (t) => {
  let [left, name] = ['', '']
  await t.test('by one test', async (t) => {
    const { insert, test } = await openRows(t)
    await insert('anna')
    left = await numberOf(test)
    name = test.name
  })
  await t.test('the next one', async (t) => {
    const database = await createDatabase(t)
    const { query } = database
    const [role] = await query<{ may: boolean }>('select rolsuper as may from pg_roles where rolname = current_user')
    t.equal(await numberOf(database) === left, role?.may, 'a superuser alone can look and empty it')
    t.not(database.name, name, 'who comes back to it finds nothing')
    t.same(await query('select from live_session'), [])
    t.ok((await query('select from live_session_migrations')).length > 0)
  })
})

for (const [what, change] of [
  ['a table', 'create table here (n int)'],
  ['a column', 'alter table live_session add column here int'],
  ['a right', 'grant select on live_session to public'],
  ['a trigger that is off', 'alter table live_session disable trigger user'],
  ['an index that is gone', 'drop index live_session_event_user'],
  ['a migration that is forgotten', 'delete from live_session_migrations where id = (select max(id) from live_session_migrations)'],
  ['a schema', 'create schema here'],
  ['what the planner believes', 'insert into live_session_event (type, user_id, at) values (\'opened\', \'anna\', now()); analyze live_session_event'],
  ['a vacuum', 'vacuum live_session'],
  ['a setting', "do $$ begin execute format('alter database %I set work_mem = ''8MB''', current_database()); end $$"]
] as const) {
  t.test(`a database is no other test's after ${what}`, async (t) => {
    let left = ''
    await t.test('by one test', async (t) => {
      const database = await createDatabase(t)
      await database.query(change)
      left = await numberOf(database)
    })
    await t.test('the next one does not meet it', async (t) => {
      const database = await createDatabase(t)
      t.not(await numberOf(database), left)
    })
  })
}

t.test('it is dropped at once where somebody is still connected, or has a role', async (t) => {
  const gone: string[] = []
  await t.test('connected', async (t) => {
    const database = await createDatabase(t)
    const client = new pg.Client({ connectionString: database.url })
    client.on('error', () => {})
    await client.connect()
    gone.push(await numberOf(database))
  })
  await t.test('a role', async (t) => {
    const database = await createDatabase(t)
    await createRole(t, database)
    gone.push(await numberOf(database))
  })
  const database = await createDatabase(t)
  t.same(await database.query('select datname from pg_database where oid = any($1::oid[])', [gone]), [])
})
