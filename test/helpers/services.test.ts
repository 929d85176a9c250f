/** The helpers that every other test stands on. */
import { Redis } from 'ioredis'
import pg from 'pg'
import t from 'tap'
import { createDatabase, createEmptyDatabase, startPostgres } from './database.ts'
import { randomPrefix, redisUrl, startRedis } from './redis.ts'
import { explainUnusablePostgres } from './postgres-server.ts'
import { explainUnusableRedis } from './redis-server.ts'

t.test('a database is cloned with the tables, apart from the others, and dropped', async (t) => {
  const [one, other] = await Promise.all([createDatabase(t), createDatabase(t)])
  t.not(one.name, other.name)
  const tables = await one.query<{ name: string }>("select table_name as name from information_schema.tables where table_schema = 'public' order by 1")
  t.ok(tables.some(({ name }) => name === 'live_session'))
  await one.query('create table here (n int)')
  t.same(await other.query("select to_regclass('here') as here"), [{ here: null }])
  await one.close()
  t.match(await explainUnusablePostgres(one.url), /does not exist/)
})

t.test('an empty database is empty', async (t) => {
  const database = await createEmptyDatabase(t)
  t.same(await database.query("select to_regclass('live_session') as found"), [{ found: null }])
})

t.test('the shared Redis answers', async (t) => {
  t.equal(await explainUnusableRedis(await redisUrl()), null)
  t.not(randomPrefix(), randomPrefix())
})

t.test('a private Redis can be paused, stopped, killed and started again on its port', async (t) => {
  const server = await startRedis(t)
  if (server === null) return
  const redis = new Redis(server.url, { retryStrategy: () => 20, maxRetriesPerRequest: null })
  redis.on('error', () => {})
  t.teardown(() => { redis.disconnect() })
  t.equal(await redis.ping(), 'PONG')
  server.pause()
  const late = redis.ping()
  server.resume()
  t.equal(await late, 'PONG')
  for (const end of [server.stop, server.kill]) {
    await end()
    t.match(await explainUnusableRedis(server.url), /ECONNREFUSED/)
    await server.start()
    t.equal(await redis.ping(), 'PONG')
  }
})

t.test('a private PostgreSQL keeps what was committed through a stop and a kill', async (t) => {
  const server = await startPostgres(t)
  if (server === null) return
  const pool = new pg.Pool({ connectionString: server.url })
  pool.on('error', () => {})
  t.teardown(async () => { await pool.end() })
  await pool.query('create table kept (n int)')
  server.pause()
  const late = pool.query('insert into kept values (1)')
  server.resume()
  await late
  for (const end of [server.stop, server.kill]) {
    await end()
    t.match(await explainUnusablePostgres(server.url), /ECONNREFUSED/)
    await server.start()
    t.same((await pool.query('select n from kept')).rows, [{ n: 1 }])
  }
})
