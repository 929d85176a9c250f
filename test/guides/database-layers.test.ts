/** The guide on database layers: each of them opens, asserts and ends sessions in a transaction of the real library. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Knex } from '@mikro-orm/postgresql'
import { drizzle as drizzlePg } from 'drizzle-orm/node-postgres'
import { drizzle as drizzlePostgres } from 'drizzle-orm/postgres-js'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { CamelCasePlugin, Kysely, PostgresDialect } from 'kysely'
import type pg from 'pg'
import postgres from 'postgres'
import t, { type Test } from 'tap'
import type { OpenedSession, Transaction, TransactionClient } from '../../plugins/index.ts'
import { buildApp } from '../helpers/app.ts'
import { createDatabase, createPool } from '../helpers/database.ts'
import { logIn } from '../helpers/device.ts'
import { writeExample } from './examples.ts'

const { knex: createKnex } = createRequire(createRequire(import.meta.url).resolve('@mikro-orm/knex'))('knex') as { knex: (config: object) => Knex }

/** Runs something in a transaction of the layer that ends with a commit, or is rolled back when it rejects. */
type InTransaction = <T>(work: (transaction: Transaction) => Promise<T>) => Promise<T>

type Adapters = Record<'inKysely' | 'inDrizzle' | 'inPostgres', (transaction: unknown) => TransactionClient>

async function openLayers (t: Test, url: string): Promise<Record<string, InTransaction>> {
  const folder = writeExample(t, 'database-layers', 'layers')
  const adapters = Object.assign({}, ...await Promise.all(['kysely', 'drizzle', 'postgres'].map(async (name) => await import(join(folder, `${name}.js`)) as object))) as Adapters
  const pool = createPool(url, 2)
  const sql = postgres(url, { max: 2, onnotice: () => {} })
  const kysely = new Kysely<object>({ dialect: new PostgresDialect({ pool: createPool(url, 2) }), plugins: [new CamelCasePlugin()] })
  t.teardown(async () => { await Promise.all([pool.end(), sql.end(), kysely.destroy()]) })
  const [overPg, overPostgres] = [drizzlePg(pool), drizzlePostgres(sql)]
  return {
    Kysely: async (work) => await kysely.transaction().execute(async (trx) => await work(adapters.inKysely(trx))),
    'Drizzle over pg': async (work) => await overPg.transaction(async (tx) => await work(adapters.inDrizzle(tx))),
    'Drizzle over postgres-js': async (work) => await overPostgres.transaction(async (tx) => await work(adapters.inDrizzle(tx))),
    'postgres-js': async <T>(work: (transaction: Transaction) => Promise<T>) => await sql.begin(async (sql) => await work(adapters.inPostgres(sql))) as T
  }
}

/** Opens a session of this user in the request that the app is asked with. */
function openIn (app: FastifyInstance, asked: Array<(request: FastifyRequest) => Promise<unknown>>, userId: string) {
  return async (transaction: Transaction) => await new Promise<Awaited<ReturnType<typeof app.sessions.openIn>>>((resolve, reject) => {
    asked.push(async (request) => { await app.sessions.openIn(transaction, request, { userId }).then(resolve, reject) })
    app.inject({ method: 'POST', url: '/ask' }).catch(reject)
  })
}

t.test('Kysely, Drizzle and postgres-js: what was opened lives from the commit on, what was rolled back never was, what was ended is over', async (t) => {
  const asked: Array<(request: FastifyRequest) => Promise<unknown>> = []
  const { app, database } = await buildApp(t, {
    options: { maxSessions: 2 },
    after (app) { app.post('/ask', async (request) => await asked.pop()?.(request)) }
  })
  const statusOf = async ({ token }: { token: string }): Promise<number> =>
    (await app.inject({ url: '/api/sessions/current', headers: { authorization: `Bearer ${token}` } })).statusCode

  for (const [name, inTransaction] of Object.entries(await openLayers(t, database.url))) {
    await t.test(name, async (t) => {
      const open = openIn(app, asked, name)
      const opened: OpenedSession[] = []
      for (let round = 0; round < 3; round++) opened.push(await (await inTransaction(open)).confirm())
      t.same(await Promise.all(opened.map(statusOf)), [401, 200, 200], 'the limit holds')
      let lost = { token: '' }
      await t.rejects(inTransaction(async (transaction) => {
        lost = await open(transaction)
        throw new Error('the app changed its mind')
      }), { message: 'the app changed its mind' })
      t.equal(await statusOf(lost), 401)
      t.same(await Promise.all(opened.map(statusOf)), [401, 200, 200], 'nothing was ended for it')
      await inTransaction(async (transaction) => { await app.sessions.assertAlive(transaction, opened[2]!.session) })
      const confirm = await inTransaction(async (transaction) => await app.sessions.revokeIn(transaction, { userId: name, except: opened[2]!.session.id }, { reason: 'password_changed' }))
      t.match(await confirm(), { count: 1, revoked: [opened[1]!.session.id] })
      await t.rejects(inTransaction(async (transaction) => { await app.sessions.assertAlive(transaction, opened[1]!.session) }), { code: 'SESSION_REVOKED' })
      t.equal(await statusOf(opened[2]!), 200)
    })
  }
})

t.test('pg and Knex, as the guide has them', async (t) => {
  const folder = writeExample(t, 'database-layers', 'layers')
  const { signUp } = await import(join(folder, 'pg.js')) as { signUp: (app: FastifyInstance, pool: pg.Pool) => void }
  const { changePassword } = await import(join(folder, 'knex.js')) as { changePassword: (app: FastifyInstance, knex: Knex, session: object, hash: string) => Promise<void> }
  const database = await createDatabase(t)
  await database.query('create table users (id text primary key default gen_random_uuid(), email text unique, password text)')
  const { app, address } = await buildApp(t, {
    database,
    after (app) {
      const pool = createPool(database.url, 2)
      app.addHook('onClose', async () => { await pool.end() })
      signUp(app, pool)
    }
  })
  const knex = createKnex({ client: 'pg', connection: database.url, pool: { min: 0, max: 1 } })
  t.teardown(async () => { await knex.destroy() })

  const first = await app.inject({ method: 'POST', url: '/sign-up', body: { email: 'ada@example.com' } })
  t.equal(first.statusCode, 200)
  const cookie = String(first.cookies.map(({ name, value }) => `${name}=${value}`).join('; '))
  t.match((await app.inject({ url: '/api/sessions/current', headers: { cookie } })).json(), { status: 'active' })
  t.equal((await app.inject({ method: 'POST', url: '/sign-up', body: { email: 'ada@example.com' } })).statusCode, 500, 'there is such a user')
  t.match(await database.query('select count(*)::int as opened from live_session'), [{ opened: 1 }], 'and no session without one')

  const [phone, laptop] = [await logIn(address), await logIn(address)]
  await changePassword(app, knex, { id: laptop.id, userId: laptop.userId }, 'a hash')
  t.same([(await phone.ask('GET', '/api/sessions/current')).status, (await laptop.ask('GET', '/api/sessions/current')).status], [401, 200])
})
