/** What a newcomer reads when PostgreSQL or Redis is absent, refuses, or gives no rights: one line with a code, the place and what to do. */
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import Fastify, { type FastifyServerOptions } from 'fastify'
import { Redis } from 'ioredis'
import pg from 'pg'
import t, { type Test } from 'tap'
import liveSessions, { type LiveSessionsOptions } from '../../plugins/index.ts'
import { grantsFor } from '../../src/database/grants.ts'
import { migrate } from '../../src/database/migrate.ts'
import { buildApp, SECRET } from '../helpers/app.ts'
import { createDatabase, createEmptyDatabase } from '../helpers/database.ts'
import { logIn } from '../helpers/device.ts'
import { randomPrefix, redisUrl, startRedis } from '../helpers/redis.ts'
import { createRole } from '../helpers/role.ts'
import { Link } from '../tools/faults/link.ts'
import { until } from '../helpers/manual-clock.ts'

/** Starts an app that does not start; its code and line. */
async function failure (options: Partial<LiveSessionsOptions>, server: FastifyServerOptions = {}): Promise<string> {
  const app = Fastify(server)
  try {
    await app.register(liveSessions, { secret: SECRET, database: undefined, ...options })
    return 'it started'
  } catch (error) {
    const { code, message } = error as { code: string, message: string }
    return `${code} ${message.replace('fastify-live-sessions: option ', '')}`
  } finally {
    await app.close()
  }
}

function change (url: string, change: (url: URL) => void): string {
  const changed = new URL(url)
  change(changed)
  return changed.href
}

/** A server that says nothing, or this and hangs up. */
async function listen (t: Test, says?: string): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    if (says !== undefined) socket.once('data', () => { socket.end(says) })
  }).listen(0, '127.0.0.1')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

t.test('PostgreSQL that is not there', async (t) => {
  const hint = 'in option "database"'
  t.equal(await failure({ database: 'postgres://me:hunter2@127.0.0.1:1/shop' }),
    `SESSION_DATABASE_UNREACHABLE "database": PostgreSQL at 127.0.0.1:1/shop does not answer: nothing listens there (ECONNREFUSED). Remedy: start PostgreSQL, or correct host and port ${hint}`)
  t.match(await failure({ database: 'postgres://me:hunter2@nowhere.invalid/shop' }),
    /^SESSION_DATABASE_UNREACHABLE "database": PostgreSQL at nowhere\.invalid:5432\/shop is unknown: its host name has no address\. Remedy: correct the host in option "database"$/)
  const silent = await listen(t)
  const began = performance.now()
  t.equal(await failure({ database: `postgres://me:hunter2@127.0.0.1:${silent}/shop` }, { pluginTimeout: 2_000 }),
    `SESSION_DATABASE_UNREACHABLE "database": PostgreSQL at 127.0.0.1:${silent}/shop does not answer (no answer within 800 ms). Remedy: look whether PostgreSQL runs there, whether a firewall is in between, and at host and port ${hint}`)
  t.ok(performance.now() - began < 60_000, 'and it ends')
})

t.test('PostgreSQL that falls silent in the middle of the start, at whatever step, is named before Fastify gives up', async (t) => {
  const database = await createDatabase(t)
  const { port } = new pg.Client({ connectionString: database.url })
  const outcome = async (answers: number): Promise<string> => {
    let left = answers
    const link = await Link.open(port)
    t.teardown(async () => { await link.close() })
    link.tamper = () => (chunk, forward) => { if (left-- > 0) forward(chunk) }
    const url = change(database.url, (url) => { url.host = `127.0.0.1:${link.port}` })
    const said = await failure({ database: url, migrate: false, redis: undefined }, { pluginTimeout: 6_000 })
    return said.replace(`127.0.0.1:${link.port}/${database.name}`, '<place>')
  }
  const outcomes = await Promise.all(Array.from({ length: 16 }, (_, answers) => outcome(answers)))
  for (const [answers, said] of outcomes.entries()) {
    if (said !== 'it started') t.match(said, /^SESSION_DATABASE_UNREACHABLE "database": PostgreSQL at <place> /, `silent after ${answers} answers`)
  }
  t.ok(outcomes.filter((said) => said !== 'it started').length > 5, 'the start has several steps')
})

t.test('without a limit of Fastify\'s, and with a very long one, a silent PostgreSQL is named as well', async (t) => {
  const silent = await listen(t)
  const limits = [0, 3_600_000]
  const outcomes = await Promise.all(limits.map((pluginTimeout) => failure({ database: `postgres://me:hunter2@127.0.0.1:${silent}/shop` }, { pluginTimeout })))
  for (const said of outcomes) t.match(said, `PostgreSQL at 127.0.0.1:${silent}/shop does not answer (no answer within 10000 ms)`)
})

t.test('a silent Redis is named in the log, and the app starts without it', async (t) => {
  const silent = await listen(t)
  const lines: string[] = []
  const stream = { write (line: string) { lines.push((JSON.parse(line) as { msg: string }).msg) } }
  const { address } = await buildApp(t, { server: { logger: { level: 'info', stream }, pluginTimeout: 4_000 }, options: { redis: `redis://:hunter2@127.0.0.1:${silent}`, redisPrefix: randomPrefix() } })
  t.ok(await logIn(address))
  await until(() => lines.some((line) => line.includes(`Redis at 127.0.0.1:${silent} does not answer`)))
  t.notMatch(lines.join(), 'hunter2')
})

t.test('PostgreSQL that lets us not in', async (t) => {
  const database = await createEmptyDatabase(t)
  const { host, port } = new pg.Client({ connectionString: database.url })
  const at = `PostgreSQL at ${host}:${port}`
  const missing = change(database.url, (url) => { url.pathname = '/no_such_shop' })
  t.equal(await failure({ database: missing }),
    `SESSION_DATABASE_NOT_FOUND "database": ${at}/no_such_shop has no database "no_such_shop". Remedy: create it (create database "no_such_shop"), or correct the name in option "database"`)
  const role = await createRole(t, database, 'nologin')
  t.equal(await failure({ database: role.url }),
    `SESSION_DATABASE_REFUSED "database": ${at}/${database.name} does not let the role "${role.name}" log in. Remedy: alter role "${role.name}" login; or give another user in option "database"`)
  t.match(await failure({ database: change(database.url, (url) => { url.username = 'nobody_of_that_name' }) }), /^SESSION_DATABASE_REFUSED .* has no role "nobody_of_that_name"\. Remedy: correct the user/)
  const { user } = pg.defaults
  const { PGUSER } = process.env
  t.teardown(() => {
    Object.assign(pg.defaults, { user })
    if (PGUSER !== undefined) process.env['PGUSER'] = PGUSER
  })
  Object.assign(pg.defaults, { user: undefined })
  delete process.env['PGUSER']
  t.equal(await failure({ database: `postgres://${host}:${port}/${database.name}` }),
    `SESSION_DATABASE_REFUSED "database": ${at}/${database.name} was asked without a user: the URL names none. Remedy: write a user into option "database": postgres://user:password@host/name, or set PGUSER`)
  t.match(await failure({ database: `${database.url}?sslmode=require` }), /^(SESSION_DATABASE_REFUSED .*TLS.*|it started)/)
})

t.test('a schema that does not exist is never made; nor is the next one in the search_path taken', async (t) => {
  const database = await createEmptyDatabase(t)
  t.match(await failure({ database: { url: database.url, schema: 'auht' } }), /^SESSION_SCHEMA_NOT_FOUND "database": .* has no schema "auht" in the database ".*"\. Remedy: create it \(create schema "auht"\), or correct database\.schema$/)
  const path = `${database.url}?options=${encodeURIComponent('-c search_path=myapp,public')}`
  t.match(await failure({ database: path }), /^SESSION_SCHEMA_NOT_FOUND .* has no schema "myapp" .*, the first one in this connection's search_path \(myapp, public\)\. Remedy: create it \(create schema "myapp"\), or correct the search_path, or name another one in database\.schema$/)
  t.same(await database.query("select nspname from pg_namespace where nspname in ('auht', 'myapp')"), [])
  await database.query('create schema myapp')
  await migrate({ url: database.url })
  const { app } = await buildApp(t, { database, options: { database: path, migrate: true } })
  await app.close()
  const rows = await database.query("select relnamespace::regnamespace::text as schema from pg_class where relname = 'live_session' order by 1")
  t.same(rows, [{ schema: 'myapp' }, { schema: 'public' }], 'two apps, two schemas')
})

t.test('without rights, without tables, read-only; and with what --print-grants prints it starts', async (t) => {
  const database = await createEmptyDatabase(t)
  const role = await createRole(t, database)
  await database.query(`revoke create on schema public from public, ${role.name}`)
  t.match(await failure({ database: role.url }), new RegExp(`^SESSION_DATABASE_FORBIDDEN "database": .* does not let the user "${role.name}" make our tables in the schema "public"\\. Remedy: grant create on schema "public" to "${role.name}"; or run .*print-grants`))
  t.match(await failure({ database: database.url, migrate: false }), /^SESSION_TABLES_MISSING "database": .* lacks, in the schema "public": table live_session, .*\. Remedy: run: npx fastify-live-sessions migrate/)
  await migrate({ url: database.url })
  t.match(await failure({ database: role.url, migrate: false }), /^SESSION_DATABASE_FORBIDDEN .* does not give the user ".*" all rights in the schema "public"; missing: .*INSERT on live_session.*\. Remedy: run what "npx fastify-live-sessions migrate --print-grants --role \S+ --schema public" prints, as the tables' owner$/)
  const { statements } = grantsFor({ database: database.name, schema: 'public', role: role.name })
  await database.query('revoke execute on all functions in schema public from public')
  for (const statement of statements.filter((statement) => !statement.includes('execute'))) await database.query(statement)
  t.match(await failure({ database: role.url, migrate: false }), new RegExp(`^SESSION_DATABASE_FORBIDDEN .* missing: EXECUTE on live_session_applied\\. Remedy: run what "npx fastify-live-sessions migrate --print-grants --role ${role.name} --schema public" prints`))
  for (const statement of statements) await database.query(statement)
  for (const migrate of [false, true]) {
    const { app, address } = await buildApp(t, { database, options: { database: role.url, migrate } })
    const phone = await logIn(address)
    t.match(await phone.ask('DELETE', '/api/sessions'), { status: 200, body: { count: 1, confirmed: true } })
    await app.close()
  }
  await database.query(`alter role ${role.name} set default_transaction_read_only = on`)
  t.match(await failure({ database: role.url }), /^SESSION_DATABASE_UNSUITABLE .* takes no changes from the user/)
})

t.test('each remedy names the schema that is meant: whoever follows it is another user, with another search_path', async (t) => {
  const database = await createEmptyDatabase(t)
  await database.query('create schema "it\'s"')
  const role = await createRole(t, database)
  const schema = "it's"
  const [here, migrateIt] = [{ url: role.url, schema }, String.raw`npx fastify-live-sessions migrate --schema 'it'\''s'`]
  t.match(await failure({ database: here, migrate: false }), /does not let the user ".*" use the schema "it's"/)
  await database.query(`grant usage on schema "it's" to ${role.name}`)
  t.ok((await failure({ database: here })).includes(`or run "${migrateIt}" once as another user, grant what "npx fastify-live-sessions migrate --print-grants --role ${role.name} `))
  t.ok((await failure({ database: here, migrate: false })).endsWith(`Remedy: run: ${migrateIt} (or leave out migrate: false)`))
  await migrate({ url: database.url, schema })
  t.ok((await failure({ database: here, migrate: false })).endsWith(String.raw`Remedy: run what "npx fastify-live-sessions migrate --print-grants --role ${role.name} --schema 'it'\''s'" prints, as the tables' owner`))
  for (const statement of grantsFor({ schema, role: role.name }).statements) await database.query(statement)
  t.equal(await failure({ database: here, migrate: false }), 'it started')
})

t.test('Redis that answers and will not have us ends the start', async (t) => {
  const database = await createDatabase(t)
  const redis = await startRedis(t)
  if (redis === null) return
  const admin = new Redis(redis.url)
  t.teardown(() => { admin.disconnect() })
  t.match(await failure({ database: database.url, migrate: false, redis: `${redis.url}/99` }),
    `SESSION_REDIS_REFUSED "redis": Redis at 127.0.0.1:${redis.port} has no database of that number. Remedy: correct the number at the end of option "redis", as in redis://host:6379/0`)
  t.equal(await failure({ database: database.url, migrate: false, redis: `${redis.url}/15` }), 'it started')
  await admin.config('SET', 'requirepass', 'hunter2')
  const at = `SESSION_REDIS_REFUSED "redis": Redis at 127.0.0.1:${redis.port}`
  const options = { database: database.url, migrate: false }
  t.match(await failure({ ...options, redis: redis.url }), `${at} wants a password. Remedy: write it into option "redis": redis://user:password@host:6379`)
  t.match(await failure({ ...options, redis: `redis://:wrong@127.0.0.1:${redis.port}` }), `${at} refuses the password. Remedy: correct user and password`)
  t.match(await failure({ ...options, redis: `redis://127.0.0.1:${await listen(t, 'HTTP/1.1 400 Bad Request\r\n\r\n')}` }), /SESSION_REDIS_REFUSED .* does not speak like Redis: something else listens there/)
})

t.test('PostgreSQL in the place of Redis ends the start, with one line; after a password it may be a proxy whose Redis is away: one warning', async (t) => {
  const database = await createDatabase(t)
  const { host, port } = new pg.Client({ connectionString: database.url })
  const lines: string[] = []
  const logger = { level: 'info', stream: { write (line: string) { lines.push((JSON.parse(line) as { msg: string }).msg) } } }
  const options = { database: database.url, migrate: false }
  t.match(await failure({ ...options, redis: `redis://${host}:${port}` }, { logger }), /SESSION_REDIS_REFUSED .* closes each connection at the first command: something else may listen there\. Remedy: correct host and port/)
  t.strictSame(lines.filter((line) => line.includes('Redis')), [], 'and no warning with another diagnosis before')
  for (const url of [`redis://:hunter2@${host}:${port}`, `redis://me:hunter2@${host}:${port}`, `redis://${host}:${port}/1`]) {
    lines.length = 0
    const app = Fastify({ logger })
    await app.register(liveSessions, { secret: SECRET, ...options, redis: url })
    await app.close()
    t.match(lines.filter((line) => line.includes('Redis at')), [/closed the connection/], url)
  }
})

t.test('a Redis that hung up at first, and then is slow, is no reason not to start', async (t) => {
  let connections = 0
  const server = createServer((socket) => {
    socket.on('error', () => {})
    t.teardown(() => { socket.destroy() })
    if (++connections <= 2) socket.end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => { server.close() })
  const { url } = await createDatabase(t)
  const app = Fastify({ logger: false })
  await app.register(liveSessions, { secret: SECRET, database: url, migrate: false, redis: `redis://127.0.0.1:${(server.address() as AddressInfo).port}` })
  await app.close()
  t.ok(connections > 2)
})

t.test('rediss:// to a Redis without TLS is named as that, without a logger by a warning of the process', async (t) => {
  const redis = await startRedis(t)
  if (redis === null) return
  const heard: Error[] = []
  const listen = (warning: Error): void => { heard.push(warning) }
  process.on('warning', listen)
  t.teardown(() => { process.off('warning', listen) })
  const { address } = await buildApp(t, { server: { logger: false }, options: { redis: redis.url.replace('redis:', 'rediss:'), redisPrefix: randomPrefix() } })
  t.ok(await logIn(address))
  await until(() => heard.length > 0)
  t.match(heard, [{ name: 'LiveSessionsWarning', message: /does not answer\..*Remedy: where Redis speaks no TLS, which rediss:\/\/ asks for, write redis:\/\// }])
})

t.test('a lost Redis is logged once when it goes, and once when it is back', async (t) => {
  const redis = await startRedis(t)
  if (redis === null) return
  await redis.stop()
  const lines: Array<{ level: number, msg: string }> = []
  const stream = { write (line: string) { lines.push(JSON.parse(line) as { level: number, msg: string }) } }
  const { app } = await buildApp(t, { server: { logger: { level: 'info', stream } }, options: { redis: redis.url, redisPrefix: randomPrefix(), leaseMs: 3_000, renewalMs: 100 } })
  const said = (): string[] => lines.filter(({ msg }) => msg.includes('Redis')).map(({ level, msg }) => `${level} ${msg}`)
  const lost = `40 live-sessions: Redis at 127.0.0.1:${redis.port} does not answer: nothing listens there (ECONNREFUSED). Until it is back, nodes hear of ends within 0.1 s instead of at once; nobody is let in wrongly. Remedy: start Redis, or correct host and port in option "redis"`
  t.strictSame(said(), [lost])
  await redis.start()
  await until(() => said().length === 2)
  t.equal(said()[1], '30 live-sessions: Redis is back; nodes hear of ends at once again')
  await redis.kill()
  await until(() => said().length === 3)
  await redis.start()
  await until(async () => said().length === 4 && (await app.sessions.health()).bus)
  t.match(said()[3], /is back/)
  t.notOk(lines.some(({ msg }) => msg === 'live-sessions'), 'no line without words')
})

t.test('an app that changed the parsers of pg for everybody still gets its answers', async (t) => {
  const types = [16, 20, 21, 23, 114, 700, 701, 1184, 2951, 3802]
  const before = types.map((oid) => pg.types.getTypeParser(oid))
  t.teardown(() => { types.forEach((oid, index) => { pg.types.setTypeParser(oid, before[index] as never) }) })
  for (const oid of types) pg.types.setTypeParser(oid, (text: string) => `<${text}>`)
  const { address } = await buildApp(t, { options: { redis: await redisUrl(), redisPrefix: randomPrefix() } })
  const phone = await logIn(address)
  t.match((await phone.ask('GET', '/api/sessions')).body, [{ id: phone.id, isCurrent: true }])
  t.equal((await phone.ask('GET', `/api/sessions/${phone.id}`)).status, 200)
  t.match(await phone.ask('DELETE', '/api/sessions'), { status: 200, body: { count: 1, confirmed: true } })
})
