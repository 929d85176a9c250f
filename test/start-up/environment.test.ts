/** What surrounds the process moves nothing of ours: MIKRO_ORM_ variables, a `.env` in the working folder, parsers of `pg` that the app changed. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { createEmptyDatabase, type TestDatabase } from '../helpers/database.ts'

const ROOT = join(import.meta.dirname, '../..')
const ENTRY = pathToFileURL(join(ROOT, 'dist/plugins/entry.js')).href
const SCRIPT = `
import Fastify from 'fastify'
import pg from 'pg'
for (const oid of (process.env.PARSERS ?? '').split(',').filter(Boolean)) pg.types.setTypeParser(Number(oid), (text) => text)
const { default: liveSessions } = await import(${JSON.stringify(ENTRY)})
for (let start = 1; start <= 2; start++) {
  const app = Fastify({ pluginTimeout: 120_000 })
  await app.register(liveSessions, {
    secret: 'a secret of the tests, long enough for HS256', database: process.env.DATABASE, maxSessions: 2,
    login: { verify: ({ body }) => ({ id: body.email, claims: { n: 1 } }) },
    admin: { authorize: () => true }
  })
  const inject = async (method, url, token, payload) => {
    const { statusCode, body } = await app.inject({ method, url, headers: token === undefined ? {} : { authorization: 'Bearer ' + token }, ...(payload === undefined ? {} : { payload }) })
    if (statusCode !== 200) throw new Error(method + ' ' + url + ' ' + statusCode + ' ' + body)
    return JSON.parse(body)
  }
  const logIn = async () => await inject('POST', '/api/auth/login', undefined, { email: 'ada', password: 'x' })
  const [one, two] = [await logIn(), await logIn()]
  const list = await inject('GET', '/api/sessions', one.token)
  await inject('PATCH', '/api/sessions/' + two.session.id, one.token, { deviceName: 'Phone' })
  const detail = await inject('GET', '/api/admin/sessions/' + two.session.id, one.token)
  const found = await inject('GET', '/api/admin/sessions?userId=ada&limit=1', one.token)
  const gone = await inject('DELETE', '/api/sessions/' + two.session.id, one.token)
  const ended = await inject('GET', '/api/sessions?include=ended', one.token)
  const health = await app.sessions.health()
  const cleaned = await app.sessions.cleanup()
  console.log(JSON.stringify({
    list: list.length, name: detail.session.deviceName, events: detail.events.map(({ type }) => type).sort(), found: found.items.length, next: typeof found.nextCursor,
    gone: [gone.count, gone.confirmed], ended: ended.map(({ status, revokedReason = null }) => [status, revokedReason]), ready: health.ready ?? health.status ?? health, ran: cleaned.ran,
    times: [list[0].createdAt, list[0].expiresAt, detail.events[0].at].every((at) => !Number.isNaN(Date.parse(at)))
  }))
  await app.close()
}
`

/** The app in a process and a folder of its own does what it should, and once more when it is started over what is there. */
async function run (t: Test, database: TestDatabase, { env = {}, dotEnv = '' }: { env?: Record<string, string>, dotEnv?: string } = {}): Promise<void> {
  const parent = join(ROOT, '.tap/environment')
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(join(parent, 'app-'))
  t.teardown(() => { rmSync(folder, { recursive: true, force: true }) })
  writeFileSync(join(folder, 'app.mjs'), SCRIPT)
  writeFileSync(join(folder, '.env'), dotEnv)
  const child = spawn(process.execPath, ['app.mjs'], { cwd: folder, env: { PATH: process.env['PATH'] ?? '', DATABASE: database.url, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  const [first, second] = stdout.split('\n')
  if (!second) throw new Error(stderr)
  const surroundings = Object.keys({ ...env, ...(dotEnv === '' ? {} : { '.env': dotEnv }) }).join()
  t.match(JSON.parse(first!), DOES, surroundings)
  t.match(JSON.parse(second), { name: 'Phone', ran: true }, `a second start: ${surroundings}`)
}

const DOES = {
  list: 2,
  name: 'Phone',
  events: ['opened', 'renamed'],
  found: 1,
  next: 'string',
  gone: [1, true],
  ended: [['active', null], ['revoked', 'revoked_by_user']],
  ran: true,
  times: true
}

/** Schemas that a variable could have moved something into, and tables that are not there without it. */
async function tablesOf ({ query }: TestDatabase): Promise<string[]> {
  const rows = await query<{ name: string }>(`select relnamespace::regnamespace || '.' || relname as name from pg_class
    where relkind = 'r' and relnamespace::regnamespace::text !~ '^(pg_|information_schema)' order by 1`)
  return rows.map(({ name }) => name)
}

const VARIABLES = {
  MIKRO_ORM_SCHEMA: 'elsewhere',
  MIKRO_ORM_DB_NAME: 'elsewhere',
  MIKRO_ORM_HOST: 'nowhere.invalid',
  MIKRO_ORM_PORT: '1',
  MIKRO_ORM_USER: 'nobody',
  MIKRO_ORM_PASSWORD: 'wrong',
  MIKRO_ORM_CLIENT_URL: 'postgres://nobody:wrong@nowhere.invalid:1/elsewhere',
  MIKRO_ORM_TYPE: 'sqlite',
  MIKRO_ORM_ENTITIES: './nothing',
  MIKRO_ORM_DEBUG: 'true',
  MIKRO_ORM_TIMEZONE: '+05:00',
  MIKRO_ORM_FORCE_UTC_TIMEZONE: 'true',
  MIKRO_ORM_MIGRATIONS_TABLE_NAME: 'mikro_orm_migrations',
  MIKRO_ORM_MIGRATIONS_PATH: './nothing',
  MIKRO_ORM_MIGRATIONS_ALL_OR_NOTHING: 'false',
  MIKRO_ORM_SCHEMA_GENERATOR_DISABLE_FOREIGN_KEYS: 'true',
  MIKRO_ORM_NAMING_STRATEGY: 'EntityCaseNamingStrategy'
}

t.test('variables of MikroORM, in the environment or in a .env file, move neither tables nor migrations', async (t) => {
  const bare = await createEmptyDatabase(t)
  await run(t, bare)
  const tables = await tablesOf(bare)
  for (const surroundings of [{ env: VARIABLES }, { dotEnv: Object.entries(VARIABLES).map(([name, value]) => `${name}=${value}\n`).join('') }]) {
    const database = await createEmptyDatabase(t)
    await database.query('create schema elsewhere; create table mikro_orm_migrations (id serial, name text, executed_at timestamptz)')
    await run(t, database, surroundings)
    t.same(await tablesOf(database), [...tables, 'public.mikro_orm_migrations'].sort())
    t.same(await database.query('select from mikro_orm_migrations'), [])
  }
})

t.test('parsers of pg that give texts for every type change nothing', async (t) => {
  // bool, int8, int2, int4, oid, json, float4, float8, date, timestamp, timestamptz, interval, numeric, uuid, jsonb, and lists of them
  const types = [16, 20, 21, 23, 26, 114, 199, 700, 701, 1000, 1005, 1007, 1009, 1015, 1016, 1021, 1022, 1082, 1114, 1115, 1184, 1185, 1186, 1700, 2950, 2951, 3802, 3807]
  await run(t, await createEmptyDatabase(t), { env: { PARSERS: types.join(',') } })
})
