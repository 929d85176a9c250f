/** openIn, revokeIn and assertAlive in transactions of any layer; what is none is refused, and says how to do it. */
import { randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import type { Knex } from '@mikro-orm/postgresql'
import type { FastifyRequest } from 'fastify'
import pg from 'pg'
import t, { type Test } from 'tap'
import type { OpenedSession, PendingSession, SessionsApi, Transaction } from '../../plugins/index.ts'
import { buildApp, type BuildOptions } from '../helpers/app.ts'
import { createPool } from '../helpers/database.ts'
import { logIn } from '../helpers/device.ts'

// The copy that MikroORM brings.
const { knex: createKnex } = createRequire(createRequire(import.meta.url).resolve('@mikro-orm/knex'))('knex') as { knex: (config: object) => Knex }

/** Whose id has what lists of PostgreSQL are made of. */
const ODD_USER = 'a"d,\\{a}'

/** An app whose `/sign-up` hands its request to the test, and the connections that the test's transactions use. */
async function openApp (t: Test, options: BuildOptions['options'] = {}) {
  let asked: (request: FastifyRequest) => Promise<unknown> = async () => null
  const built = await buildApp(t, {
    options,
    after (app) { app.post('/ask', async (request) => await asked(request)) }
  })
  const pool = createPool(built.database.url, 3)
  t.teardown(() => pool.end())

  async function inRequest<T> (work: (request: FastifyRequest) => Promise<T>): Promise<T> {
    let result: { value: T } | undefined
    let failed: unknown
    asked = async (request) => await work(request).then((value) => { result = { value } }, (error: unknown) => { failed = error })
    await built.app.inject({ method: 'POST', url: '/ask' })
    if (result === undefined) throw failed
    return result.value
  }

  async function inTransaction<T> (work: (client: pg.PoolClient) => Promise<T>, end = 'commit'): Promise<T> {
    const client = await pool.connect()
    try {
      await client.query('begin')
      const result = await work(client)
      await client.query(end)
      return result
    } catch (error) {
      await client.query('rollback')
      throw error
    } finally {
      client.release()
    }
  }

  const statusOf = async (token: string): Promise<number> =>
    (await built.app.inject({ url: '/api/sessions/current', headers: { authorization: `Bearer ${token}` } })).statusCode
  const open = async (transaction: Transaction, userId = 'ada'): Promise<PendingSession> =>
    await inRequest(async (request) => await built.app.sessions.openIn(transaction, request, { userId, claims: { plan: 'pro' } }))

  return { ...built, pool, inRequest, inTransaction, statusOf, open, sessions: built.app.sessions as SessionsApi }
}

const [plain, limited] = [await openApp(t), await openApp(t, { maxSessions: 1 })]

t.test('a session opened in the transaction that creates its user lives from the commit on, and nobody hears of it before', async (t) => {
  const { open, inTransaction, statusOf, sessions, database } = plain
  await database.query('create table users (id text)')
  const heard: string[] = []
  sessions.on('opened', ({ session }) => { heard.push(session.id) })
  const pending = await inTransaction(async (client) => {
    await client.query("insert into users values ('ada')")
    const pending = await open(client)
    t.equal(await statusOf(pending.token), 401, 'not before the commit')
    await t.rejects(pending.confirm(), { code: 'SESSION_CALL_INVALID', message: /in progress/ })
    t.same(await sessions.list('ada'), [])
    return pending
  })
  t.same(heard, [])
  t.equal(await statusOf(pending.token), 200, 'the refusal before the commit is not remembered')
  const opened: OpenedSession = await pending.confirm()
  t.match(opened, { token: pending.token, expiresAt: pending.expiresAt, session: { id: pending.session.id, status: 'active' } })
  await pending.confirm()
  t.same(heard, [pending.session.id], 'said once')
  t.same((await sessions.list('ada')).map(({ id }) => id), [pending.session.id])
})

t.test('rolled back, as a whole or to a savepoint, it never was: its token opens nothing and what it would have ended lives', async (t) => {
  const { open, inTransaction, statusOf, sessions, address } = limited
  const heard: string[] = []
  sessions.on('opened', ({ userId }) => { heard.push(userId) })
  const phone = await logIn(address, 'rolled-back@example.com')
  const tried: PendingSession[] = []
  await inTransaction(async (client) => { tried.push(await open(client, phone.userId)) }, 'rollback')
  await inTransaction(async (client) => {
    await client.query('savepoint before')
    tried.push(await open(client, phone.userId))
    await client.query('rollback to before')
  })
  await t.rejects(tried[0]!.confirm(), { code: 'SESSION_CALL_INVALID', message: /aborted/ })
  await t.rejects(tried[1]!.confirm(), { code: 'SESSION_CALL_INVALID', message: /rolled back/ })
  for (const { token } of tried) t.equal(await statusOf(token), 401)
  t.equal(await statusOf(phone.token), 200)
  t.same(heard, [phone.userId], 'the phone only')
})

t.test('what can not be opened has written nothing, though the app catches it and commits', async (t) => {
  const { inRequest, inTransaction, statusOf, sessions, address, app, database } = limited
  const phone = await logIn(address, 'unopened@example.com')
  const events = (): Promise<unknown> => database.query('select id from live_session_event order by id')
  const before = await events()
  for (const claims of [{ avatar: 'x'.repeat(5_000) }, { sum: 1n }]) {
    await t.rejects(inRequest(async (request) => await app.sessions.open(request, { userId: phone.userId, claims })), { code: 'SESSION_CALL_INVALID', message: /claims/ })
    await inTransaction(async (client) => {
      await t.rejects(inRequest(async (request) => await app.sessions.openIn(client, request, { userId: phone.userId, claims })), { code: 'SESSION_CALL_INVALID' })
    })
  }
  t.same((await sessions.list(phone.userId)).map(({ id }) => id), [phone.id])
  t.equal(await statusOf(phone.token), 200)
  t.same(await events(), before)
})

t.test('the limit holds in an own transaction: what goes is out when confirm resolves, and a second login waits for the first', async (t) => {
  const { open, inTransaction, statusOf, sessions, address, app } = limited
  const phone = await logIn(address, 'limit@example.com')
  const socket = await phone.connect()
  const pending = await inTransaction(async (client) => {
    const pending = await open(client, phone.userId)
    t.equal(await statusOf(phone.token), 200, 'not before the commit')
    return pending
  })
  await pending.confirm()
  t.equal(await statusOf(phone.token), 401)
  t.match(await socket.next('logout'), { reason: 'session_limit' })

  let laptop: Promise<{ statusCode: number }> | undefined
  const second = await inTransaction(async (client) => {
    const second = await open(client, phone.userId)
    laptop = app.inject({ method: 'POST', url: '/api/auth/login', body: { email: phone.userId, password: 'correct horse battery staple' } })
    return second
  })
  t.equal((await laptop)?.statusCode, 200)
  t.equal((await sessions.list(phone.userId)).length, 1)
  await t.rejects(second.confirm(), { code: 'SESSION_REVOKED' }, 'it gave way to the login that waited')
})

t.test('a denied login leaves nothing; a password changed meanwhile refuses it, but not one changed in the same transaction', async (t) => {
  const { open, inRequest, inTransaction, sessions, address } = await openApp(t, { maxSessions: 1, whenFull: 'deny' })
  const phone = await logIn(address)
  await t.rejects(inTransaction(async (client) => await open(client, phone.userId)), { code: 'SESSION_LIMIT_REACHED' })
  await t.rejects(inRequest(async (request) => {
    await sessions.revokeUser(phone.userId, { reason: 'password_changed' })
    return await inTransaction(async (client) => await sessions.openIn(client, request, { userId: phone.userId }))
  }), { code: 'INVALID_CREDENTIALS' })

  const [confirm, pending] = await inTransaction(async (client) => [
    await sessions.revokeIn(client, { userId: phone.userId }, { reason: 'password_changed' }),
    await open(client, phone.userId)
  ] as const)
  t.match(await confirm(), { confirmed: true })
  t.match(await pending.confirm(), { session: { status: 'active' } })
})

t.test('revokeIn ends one session, with userId only this user\'s; what it does not find is refused, and nothing is written', async (t) => {
  const { sessions, inTransaction, address, statusOf, database } = plain
  const [ada, eve] = [await logIn(address, 'ada@example.com'), await logIn(address, 'eve@example.com')]
  const changed = { reason: 'password_changed' } as const
  for (const which of [{ sessionId: ada.id, userId: eve.userId }, { sessionId: randomUUID() }, { sessionId: randomUUID(), userId: ada.userId }]) {
    await inTransaction(async (client) => { await t.rejects(sessions.revokeIn(client, which, changed), { code: 'SESSION_NOT_FOUND', statusCode: 404 }) })
  }
  for (const which of [{ sessionId: ada.id, except: ada.id }, { sessionId: ada.id, userId: ada.userId, except: ada.id }]) {
    const call = inTransaction(async (client) => await sessions.revokeIn(client, which as { sessionId: string }))
    await t.rejects(call, { code: 'SESSION_CALL_INVALID', message: /sessionId or except, not both/ })
  }
  await t.rejects(inTransaction(async (client) => await sessions.revokeIn(client, { sessionId: undefined as unknown as string, userId: ada.userId })), { code: 'SESSION_CALL_INVALID' }, 'an id that is missing is not all of them')
  t.same([await statusOf(ada.token), await statusOf(eve.token)], [200, 200])
  t.same(await database.query("select from live_session_event where type = 'credentials_changed'"), [], 'committed without a trace')
  for (const count of [1, 0]) {
    const confirm = await inTransaction(async (client) => await sessions.revokeIn(client, { sessionId: ada.id, userId: ada.userId }))
    t.match(await confirm(), { count, confirmed: true }, 'again is safe')
  }
  t.same([await statusOf(ada.token), await statusOf(eve.token)], [401, 200])
})

t.test('whatever the app\'s driver makes of types and names, the answers are the same', async (t) => {
  const { open, sessions, database, statusOf } = limited
  const types = { getTypeParser: (oid: number) => (text: string) => oid === pg.types.builtins.TEXT ? text : Object.freeze({ parsed: text }) }
  const client = new pg.Client({ connectionString: database.url, types: types as unknown as pg.CustomTypesConfig })
  await client.connect()
  t.teardown(() => client.end())
  const pending: PendingSession[] = []
  for (let round = 0; round < 2; round++) {
    await client.query('begin')
    pending.push(await open({ query: async (text, values) => ({ rows: (await client.query({ text, values, rowMode: 'array' })).rows }) }, ODD_USER))
    await sessions.assertAlive(client, pending.at(-1)!.session)
    await client.query('commit')
    await pending.at(-1)!.confirm()
  }
  t.equal(await statusOf(pending[0]!.token), 401)
  t.equal(await statusOf(pending[1]!.token), 200)
  await client.query('begin')
  const confirm = await sessions.revokeIn(client, { userId: ODD_USER }, { reason: 'password_changed' })
  await client.query('commit')
  t.match(await confirm(), { count: 1, revoked: [pending[1]!.session.id] })
})

t.test('a transaction of Knex does, with names that it rewrites', async (t) => {
  const { open, sessions, database, statusOf } = plain
  const knex = createKnex({ client: 'pg', connection: database.url, pool: { min: 0, max: 2 }, postProcessResponse: (result: { rows?: object[] }) => result.rows === undefined ? result : { rows: result.rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toUpperCase(), value]))) } })
  t.teardown(async () => { await knex.destroy() })
  const pending = await knex.transaction(async (trx) => await open(trx, 'knex'))
  await pending.confirm()
  await knex.transaction(async (trx) => { await sessions.assertAlive(trx, pending.session) })
  const confirm = await knex.transaction(async (trx) => await sessions.revokeIn(trx, { sessionId: pending.session.id }))
  t.match(await confirm(), { count: 1 })
  t.equal(await statusOf(pending.token), 401)
  await t.rejects(sessions.revokeIn(knex, { userId: 'knex' }), { code: 'SESSION_CALL_INVALID', statusCode: 500, message: /knex\.transaction/ })
})

t.test('what is no transaction is refused before anything is written, with the remedy', async (t) => {
  const { open, sessions, pool, database, address, statusOf } = plain
  const phone = await logIn(address, 'refused@example.com')
  const client = new pg.Client(database.url)
  await client.connect()
  t.teardown(() => client.end())
  const wrong: Array<[Transaction, RegExp]> = [
    [pool, /pool\.connect\(\)/],
    [client, /runs each statement by itself/],
    [{ query: async (text, values) => await pool.query(text, values) }, /runs each statement by itself/],
    [{ query: async () => [] } as unknown as Transaction, /did not give \{rows\}/],
    [{ query: async () => {} } as unknown as Transaction, /did not give \{rows\}/],
    ...[undefined, null, {}, 'em', 5].map((given): [Transaction, RegExp] => [given as unknown as Transaction, /a transaction is/])
  ]
  for (const [given, message] of wrong) {
    const refusal = { code: 'SESSION_CALL_INVALID', statusCode: 500, message }
    await t.rejects(open(given, phone.userId), refusal)
    await t.rejects(sessions.revokeIn(given, { userId: phone.userId }, { reason: 'password_changed' }), refusal)
    await t.rejects(sessions.assertAlive(given, { id: phone.id }), refusal)
  }
  t.equal(await statusOf(phone.token), 200)
  t.equal((await sessions.list(phone.userId)).length, 1)
  t.same(await database.query("select from live_session_event where type = 'credentials_changed'"), [])
})

t.test('assertAlive holds the end back until the transaction is over, and refuses what has ended', async (t) => {
  const { sessions, inTransaction, address } = plain
  const phone = await logIn(address, 'held@example.com')
  const order: string[] = []
  let ended: Promise<unknown> | undefined
  await inTransaction(async (client) => {
    await sessions.assertAlive(client, phone)
    ended = sessions.revoke(phone.id).then(() => { order.push('ended') })
    // The end waits for this very transaction: PostgreSQL says so.
    let waiting = 0
    while (waiting === 0) waiting = (await client.query('select from pg_locks where not granted')).rowCount ?? 0
    order.push('committed')
  })
  await ended
  t.same(order, ['committed', 'ended'])
  await t.rejects(inTransaction(async (client) => { await sessions.assertAlive(client, phone) }), { code: 'SESSION_REVOKED' })
})
