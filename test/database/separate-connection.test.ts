/** The renewal's own connection: it heals by itself from whatever happened to it, and never waits for a server that is silent. */
import pg from 'pg'
import t, { type Test } from 'tap'
import { createSeparateConnection, type SeparateConnection } from '../../src/database/separate-connection.ts'
import { createDatabase, startPostgres, type TestDatabase } from '../helpers/database.ts'
import { until } from '../helpers/manual-clock.ts'

const PID = 'select pg_backend_pid() as pid'

type Connected = SeparateConnection & { pid: () => Promise<number> }

function connect (t: Test, connectionString: string, timeoutMs = 5_000, first: pg.Client | null = null): Connected {
  const connection = createSeparateConnection({ config: async () => ({ connectionString }), timeoutMs, first })
  t.teardown(connection.close)
  return { ...connection, pid: async () => (await connection.sql<{ pid: number }>(PID))[0]?.pid ?? 0 }
}

async function gone ({ query }: TestDatabase, pid: number): Promise<void> {
  await until(async () => (await query('select from pg_stat_activity where pid = $1', [pid])).length === 0)
}

t.test('it is opened when it is needed, once, and named for who looks at the server', async (t) => {
  const database = await createDatabase(t)
  const connection = connect(t, database.url)
  const pids = await Promise.all([connection.pid(), connection.pid()])
  t.equal(pids[0], pids[1])
  t.match(await database.query('select application_name as name from pg_stat_activity where pid = $1', [pids[0]]), [{ name: 'live-sessions renewal' }])
})

t.test('the driver has one statement of it at a time, in their order; those that wait fail with the one that breaks the connection', async (t) => {
  const database = await createDatabase(t)
  const connection = connect(t, database.url, 1_000)
  const { query } = pg.Client.prototype
  let [atOnce, most] = [0, 0]
  t.teardown(() => { pg.Client.prototype.query = query })
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    most = Math.max(most, ++atOnce)
    return (query.apply(this, args as never) as unknown as Promise<unknown>).finally(() => { atOnce-- })
  } as never
  const order: number[] = []
  await Promise.all([0.1, 0, 0.05, 0].map(async (seconds, index) => {
    await connection.sql('select pg_sleep($1)', [seconds])
    order.push(index)
  }))
  t.same([most, order], [1, [0, 1, 2, 3]])
  const began = performance.now()
  const all = await Promise.allSettled([connection.sql('select pg_sleep(60)'), ...Array.from({ length: 20 }, async () => await connection.pid())])
  t.same(all.map(({ status }) => status), all.map(() => 'rejected'))
  t.ok(performance.now() - began < 15_000, 'none of them waits for its own time-out')
  t.ok(await connection.pid(), 'and the next one has a new connection')
})

t.test('cut while idle, the very next statement has a new one', async (t) => {
  const database = await createDatabase(t)
  const connection = connect(t, database.url)
  for (let round = 0; round < 3; round++) {
    const pid = await connection.pid()
    await database.query('select pg_terminate_backend($1)', [pid])
    await gone(database, pid)
    // What the server said last has reached this process by the time that an answer over another connection has.
    await database.query('select 1')
    t.not(await connection.pid(), pid)
  }
})

t.test('it goes on with one that is open already, and opens another where that has broken meanwhile', async (t) => {
  const database = await createDatabase(t)
  const client = async (): Promise<{ client: pg.Client, pid: number }> => {
    const client = new pg.Client({ connectionString: database.url })
    client.on('error', () => {})
    await client.connect()
    return { client, pid: (await client.query<{ pid: number }>(PID)).rows[0]?.pid ?? 0 }
  }
  const [open, broken] = [await client(), await client()]
  await database.query('select pg_terminate_backend($1)', [broken.pid])
  await until(() => broken.client.connection.stream.destroyed)
  const connections = [open, broken].map(({ client }) => connect(t, database.url, 2_000, client)) as [Connected, Connected]
  t.equal(await connections[0].pid(), open.pid)
  t.not(await connections[1].pid(), broken.pid)
  await t.rejects(connections[0].sql('select pg_sleep(60)'), { message: /timeout/ }, 'its statements have the same time')
  t.not(await connections[0].pid(), open.pid)
})

t.test('cut during a statement, that one fails and the next has a new connection', async (t) => {
  const database = await createDatabase(t)
  const connection = connect(t, database.url)
  const pid = await connection.pid()
  const failed = t.rejects(connection.sql('select pg_sleep(60)'), { code: '57P01' })
  await until(async () => (await database.query("select from pg_stat_activity where pid = $1 and state = 'active'", [pid])).length === 1)
  await database.query('select pg_terminate_backend($1)', [pid])
  await failed
  t.not(await connection.pid(), pid)
})

t.test('a statement that fails, or takes too long, costs the connection, not the next statement', async (t) => {
  const database = await createDatabase(t)
  const connection = connect(t, database.url, 2_000)
  const pid = await connection.pid()
  await t.rejects(connection.sql('select nonsense'), { code: '42703' })
  const second = await connection.pid()
  t.not(second, pid)
  await t.rejects(connection.sql('select pg_sleep(60)'), { message: /timeout/ })
  t.not(await connection.pid(), second)
})

t.test('a server that stands still is given up in time, to close does not wait for it, and it heals when it goes on', async (t) => {
  const server = await startPostgres(t)
  if (server === null) return
  const [connection, closing] = [connect(t, server.url, 2_000), connect(t, server.url, 2_000)]
  const pid = await connection.pid()
  await closing.pid()
  server.pause()
  await t.rejects(connection.pid(), { message: /timeout/ })
  await t.rejects(connection.pid(), { message: /timeout|terminated/ }, 'nor does opening a new one wait for ever')
  await closing.close()
  t.pass('closed')
  server.resume()
  t.not(await connection.pid(), pid)
})

t.test('behind a pooler that forgets prepared statements it goes on without them', async (t) => {
  const database = await createDatabase(t)
  const connection = connect(t, database.url)
  const before = await connection.pid()
  await connection.sql('deallocate all')
  await t.rejects(connection.pid(), { code: '26000' })
  const after = await connection.pid()
  t.not(after, before, 'on a connection of its own')
  await connection.sql('deallocate all')
  t.equal(await connection.pid(), after, 'and no statement has a name any more')
})
