/** `doctor`: 0 where all is well, 1 with a remedy where not; each part by itself. */
import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { checkNode, checkPackages } from '../../src/cli/doctor/versions.ts'
import { buildApp, SECRET } from '../helpers/app.ts'
import { createDatabase, createEmptyDatabase, type TestDatabase } from '../helpers/database.ts'
import { randomPrefix, redisUrl } from '../helpers/redis.ts'
import { parsed, runCommand } from '../helpers/command-line.ts'

interface Diagnosis { ok: boolean, checks: Array<{ name: string, state: string, message: string, remedy?: string }> }

/** What it says of one part. */
async function diagnose (args: readonly string[]): Promise<{ code: number | null, ok: boolean, of: (name: string) => Diagnosis['checks'][number] | undefined }> {
  const ended = await runCommand(['doctor', '--json', ...args])
  const { ok, checks } = parsed<Diagnosis>(ended)
  return { code: ended.code, ok, of: (name) => checks.find((check) => check.name === name) }
}

async function registerSilent ({ query }: TestDatabase): Promise<string> {
  const incarnation = randomUUID()
  await query('insert into live_session_node (incarnation, applied) values ($1, pg_current_snapshot())', [incarnation])
  return incarnation
}

t.test('two nodes over Redis: all is well, in words and in JSON, and it changes nothing', async (t) => {
  const bus = { redis: await redisUrl(), redisPrefix: randomPrefix() }
  const { database } = await buildApp(t, { options: bus })
  await buildApp(t, { database, options: bus })
  const redis = ['--redis', bus.redis, '--redis-prefix', bus.redisPrefix]
  const names = await database.query('select incarnation from live_session_node order by incarnation')
  const words = await runCommand(['doctor', '--url', database.url, '--watch-ms', '5000', ...redis], { JWT_SECRET: SECRET }, { asBuilt: true })
  t.match(words, { code: 0, stderr: /^(Watching the nodes for 5 s …\n)?$/ })
  for (const says of [
    /^✓ Node\.js \d+/, /^✓ fastify-live-sessions \d+\.\d+\.\d+, @mikro-orm\/core/m, /^✓ PostgreSQL \d+.* it is a primary$/m, /^✓ The database's clock is \d+ ms /m,
    /^✓ The tables are up to date: Migration/m, /^✓ The triggers are in place/m, /^✓ The user .* may read and write/m,
    /^✓ 2 nodes: .* alive, renewed \d+ ms ago; .* alive/m, /^✓ Redis answers; /m, /^✓ 2 nodes listening on /m, /^✓ All 2 nodes answered a wake within \d+ ms/m, /\n\nAll is well\.\n$/
  ]) t.match(words.stdout, says)
  t.notMatch(words.stdout, SECRET)
  t.same(await database.query('select incarnation from live_session_node order by incarnation'), names)

  const stranger = await diagnose(['--url', database.url, '--watch-ms', '5000', ...redis, '--secret', 'another secret, and long enough for HS256'])
  t.match({ ...stranger, wake: stranger.of('wake') }, { code: 1, ok: false, wake: { state: 'problem', message: /2 of 2 nodes did not answer/, remedy: /JWT_SECRET/ } })

  const elsewhere = await diagnose(['--url', database.url, '--watch-ms', '5000', '--redis', bus.redis, '--redis-prefix', randomPrefix()])
  t.match({ ...elsewhere, listeners: elsewhere.of('listeners') }, { code: 1, listeners: { state: 'problem', message: /Only 0 of 2 nodes/, remedy: /redisPrefix/ } })
})

t.test('no database', async (t) => {
  const down = await diagnose(['--url', 'postgres://nobody:hunter2@127.0.0.1:1/none', '--redis', 'redis://:hunter2@127.0.0.1:1'])
  t.match({ ...down, database: down.of('database'), redis: down.of('redis') }, {
    code: 1,
    ok: false,
    database: { state: 'problem', message: /does not answer/, remedy: /--url/ },
    redis: { state: 'problem', message: /Redis at 127\.0\.0\.1:1 can't be used: .*ECONNREFUSED/, remedy: /--redis/ }
  })
  t.notMatch(JSON.stringify([down.of('database'), down.of('redis')]), 'hunter2')
  const numbered = await diagnose(['--url', 'postgres://nobody:hunter2@127.0.0.1:1/none', '--redis', `${(await redisUrl()).replace(/\/\d*$/, '')}/2000000000`])
  t.match(numbered.of('redis'), { state: 'problem', message: /can't be used: .*DB index/, remedy: /--redis/ })
})

t.test('no tables; then, without nodes and without Redis, nothing is wrong', async (t) => {
  const database = await createEmptyDatabase(t)
  t.match(await runCommand(['doctor', '--url', database.url]), { code: 1, stdout: /^✗ The tables are not there.*\n {2}→ run: npx fastify-live-sessions migrate[^]*\n\n1 problem\.\n$/m })
  t.same(await database.query("select relname from pg_class where relname like 'live_session%'"), [], 'and it made none')
  t.match(await runCommand(['migrate', '--url', database.url]), { code: 0 })
  const words = await runCommand(['doctor', '--url', database.url])
  t.match(words, { code: 0, stdout: /^– No node is registered[^]*^– Redis was not looked at[^]*All is well/m })
})

t.test('in another schema', async (t) => {
  const database = await createEmptyDatabase(t)
  await database.query('create schema auth')
  await runCommand(['migrate', '--url', database.url, '--schema', 'auth'])
  t.match(await diagnose(['--url', database.url, '--schema', 'auth', '--watch-ms', '1']), { code: 0, ok: true })
  t.match((await diagnose(['--url', database.url])).of('migrations'), { state: 'problem', message: /schema public/ })
})

async function onDatabase (t: Test, name: string, statements: readonly string[], expected: object): Promise<void> {
  const database = await createDatabase(t)
  for (const statement of statements) await database.query(statement)
  const found = await diagnose(['--url', database.url, '--watch-ms', '1'])
  t.match({ ...found, check: found.of(name) }, { ok: (expected as { state: string }).state !== 'problem', check: expected })
}

t.test('a disabled trigger', async (t) => {
  await onDatabase(t, 'triggers', ['alter table live_session disable trigger live_session_guard', 'drop trigger live_session_keep_all on live_session'],
    { state: 'problem', message: /live_session_guard, live_session_keep_all\./, remedy: /enable trigger all/ })
})

t.test('a migration that is missing, and one that this version does not know', async (t) => {
  await onDatabase(t, 'migrations', ['delete from live_session_migrations'], { state: 'problem', message: /missing: Migration20261123Initial/, remedy: /migrate/ })
  await onDatabase(t, 'migrations', ["insert into live_session_migrations (name) values ('Migration29990101')"], { state: 'note', message: /newer .* Migration29990101/ })
})

t.test('a database that takes no changes', async (t) => {
  const database = await createDatabase(t)
  await database.query(`alter database ${database.name} set default_transaction_read_only = on`)
  const found = await diagnose(['--url', database.url, '--watch-ms', '1'])
  t.match({ ...found, check: found.of('database') }, { code: 1, check: { state: 'problem', message: /takes no changes/ } })
})

t.test('a node that stands still beside one that renews', async (t) => {
  const { database } = await buildApp(t, { options: { leaseMs: 60_000, renewalMs: 500 } })
  const silent = await registerSilent(database)
  const found = await diagnose(['--url', database.url, '--watch-ms', '5000'])
  const nodes = found.of('nodes')
  t.match({ ...found, nodes }, { code: 1, nodes: { state: 'problem', remedy: /removed by the others within seconds/ } })
  t.match(nodes?.message, new RegExp(`^2 nodes: .*${silent} silent`))
  t.match(nodes?.message, /alive, renewed \d+ ms ago/)
})

t.test('versions: an old Node.js, and MikroORM packages that differ', async (t) => {
  t.match(checkNode('20.19.0'), { state: 'ok' })
  t.match(checkNode('24.1.0'), { state: 'ok' })
  for (const old of ['18.20.8', '20.18.3']) t.match(checkNode(old), { state: 'problem', remedy: /20\.19/ })
  t.match(checkPackages(() => '1.0.0'), { state: 'ok' })
  t.match(checkPackages((name) => name === '@mikro-orm/knex' ? '6.6.15' : '6.6.16'), { state: 'problem', message: /differ/, remedy: /same version/ })
  t.match(checkPackages(() => null), { state: 'note' })
})
