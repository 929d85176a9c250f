/** Credentials that change while a password is being checked (R2, R5, A1): every way to end sessions with such a reason refuses the login that is under way, on every node. */
import { once } from 'node:events'
import { MikroORM } from '@mikro-orm/postgresql'
import type { FastifyRequest } from 'fastify'
import t, { type Test } from 'tap'
import type { RevocationReport } from '../../src/protocol.ts'
import type { Client } from 'pg'
import type { Sql } from '../../src/database/sql.ts'
import { loginQueries } from '../../src/session/store/logins.ts'
import { liveSessionEntities } from '../../src/database/entities/index.ts'
import { runCommand } from '../helpers/command-line.ts'
import { PASSWORD, type TestApp } from '../helpers/app.ts'
import type { TestDatabase } from '../helpers/database.ts'
import { ask, logIn, type Answer, type Device } from '../helpers/device.ts'
import { until } from '../helpers/manual-clock.ts'
import { connectTo, lockAwaited } from '../helpers/session-rows.ts'
import { buildApps } from '../helpers/limited-apps.ts'

t.setTimeout(900_000)

const USER = 'user@example.com'
const NOBODY = { userId: '', sessionId: null }
const REASONS = ['password_changed', 'account_disabled'] as const
type Reason = typeof REASONS[number]

interface World {
  here: TestApp
  there: TestApp
  database: TestDatabase
  /** A fresh one each time: everybody's sessions may have ended. */
  admin: () => Promise<Device>
  /** A login whose password has been checked, and which waits; `goOn` lets it open its session. */
  loginUnderWay: (address: string, userId?: string) => Promise<UnderWay>
  /** The same of a session that proves again who it is. */
  proofUnderWay: (device: Device) => Promise<UnderWay>
}

interface UnderWay { goOn: () => Promise<Answer> }

async function openWorld (t: Test): Promise<World> {
  const waiting = new EventTarget()
  const atGate = async (body: object): Promise<void> => {
    const { gate } = body as { gate?: string }
    if (gate === undefined) return
    const released = once(waiting, `go ${gate}`)
    waiting.dispatchEvent(new Event(`checked ${gate}`))
    await released
  }
  const { apps: [here, there], database } = await buildApps(t, 2, {
    options: {
      login: {
        verify: async ({ body }) => {
          await atGate(body)
          return body.password === PASSWORD ? { id: body.email } : null
        },
        reauthenticate: async ({ body }) => {
          await atGate(body)
          return body['password'] === PASSWORD
        }
      },
      reauthenticateWithinMs: 3_600_000,
      admin: { authorize: (request: FastifyRequest) => request.session?.userId === 'admin@example.com' }
    }
  })
  if (here === undefined || there === undefined) throw new Error('there are two nodes')
  let gates = 0
  return {
    here,
    there,
    database,
    admin: () => logIn(here.address, 'admin@example.com'),
    loginUnderWay: (address, userId = USER) => underWay((gate) => ask(address, 'POST', '/api/auth/login', { body: { email: userId, password: PASSWORD, gate } })),
    proofUnderWay: (device) => underWay((gate) => device.ask('POST', '/api/auth/reauthenticate', { body: { password: PASSWORD, gate } }))
  }

  async function underWay (send: (gate: string) => Promise<Answer>): Promise<UnderWay> {
    const gate = String(++gates)
    const checked = once(waiting, `checked ${gate}`)
    const answer = send(gate)
    await checked
    return {
      async goOn () {
        waiting.dispatchEvent(new Event(`go ${gate}`))
        return await answer
      }
    }
  }
}

interface Whose {
  userId: string
  /** A session that was there before; null where the login under way is the user's first. */
  sessionId: string | null
}
type Way = (world: World, reason: Reason, whose: Whose) => Promise<unknown>

const byFilter = (filterFor: (whose: Whose) => unknown): Way => async ({ admin }, reason, whose) => {
  const { status, body } = await (await admin()).ask('POST', '/api/admin/sessions/revoke', { body: { filter: filterFor(whose), reason } })
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`)
}
const command = (argsFor: (whose: Whose) => string[]): Way => async ({ database }, reason, whose) => {
  const { code, stderr } = await runCommand([...argsFor(whose), '--reason', reason], { DATABASE_URL: database.url })
  if (code !== 0) throw new Error(stderr)
}
async function inOwnTransaction ({ here, database }: World, reason: Reason, which: { userId: string } | { sessionId: string }): Promise<RevocationReport> {
  const orm = await MikroORM.init({ clientUrl: database.url, entities: liveSessionEntities, discovery: { disableDynamicFileAccess: true }, logger: () => {} })
  try {
    const confirm = await orm.em.fork().transactional(async (em) => await here.app.sessions.revokeIn(em, which, { reason }))
    return await confirm()
  } finally {
    await orm.close(true)
  }
}

/** These need no session to name the user by: the login under way may be the first. */
const BY_USER: Record<string, Way> = {
  'the filter userId': byFilter(({ userId }) => ({ userId })),
  'the filter userId and another': byFilter(({ userId }) => ({ userId, deviceType: 'tv' })),
  'the filter all': byFilter(() => ({ all: true })),
  'DELETE /admin/users/:userId/sessions': async ({ admin }, reason, { userId }) => {
    const { status, body } = await (await admin()).ask('DELETE', `/api/admin/users/${userId}/sessions?reason=${reason}`)
    if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`)
  },
  'app.sessions.revokeUser': ({ here }, reason, { userId }) => here.app.sessions.revokeUser(userId, { reason }),
  'app.sessions.revokeIn of a user': (world, reason, { userId }) => inOwnTransaction(world, reason, { userId }),
  'the command revoke --filter': command(({ userId }) => ['revoke', '--filter', `userId=${userId}`]),
  'the command revoke --all': command(() => ['revoke', '--all']),
  'the command revoke-user': command(({ userId }) => ['revoke-user', userId])
}

/** These find the user by a session that ends. */
const idOf = ({ sessionId }: Whose): string => sessionId as string
const BY_SESSION: Record<string, Way> = {
  'another filter': byFilter(() => ({ ip: '127.0.0.1' })),
  'app.sessions.revoke': ({ here }, reason, whose) => here.app.sessions.revoke(idOf(whose), { reason }),
  'app.sessions.revoke of one that has ended': async ({ here }, reason, whose) => {
    await here.app.sessions.revoke(idOf(whose))
    await here.app.sessions.revoke(idOf(whose), { reason })
  },
  'app.sessions.revokeOthers': ({ here }, reason, whose) => here.app.sessions.revokeOthers({ id: idOf(whose), userId: whose.userId }, { reason }),
  'app.sessions.revokeIn of a session': (world, reason, whose) => inOwnTransaction(world, reason, { sessionId: idOf(whose) }),
  'the command revoke <id>': command((whose) => ['revoke', idOf(whose)])
}

t.test('logins whose password was checked before the end are refused after it, on both nodes, whichever way it came', async (t) => {
  const world = await openWorld(t)
  const { here, there, loginUnderWay, database } = world
  let users = 0
  for (const [ways, loggedInBefore] of [[BY_USER, false], [BY_USER, true], [BY_SESSION, true]] as const) {
    for (const [name, end] of Object.entries(ways)) {
      for (const reason of name.startsWith('the command') ? REASONS.slice(users % 2, users % 2 + 1) : REASONS) {
        const words = `${name}, ${reason}, ${loggedInBefore ? 'with a session before' : 'the first login'}`
        const userId = `user-${++users}`
        const sessionId = loggedInBefore ? (await logIn(here.address, userId)).id : null
        const logins = [await loginUnderWay(here.address, userId), await loginUnderWay(there.address, userId)]
        await end(world, reason, { userId, sessionId })
        for (const { goOn } of logins) t.match(await goOn(), { status: 401, body: { code: 'INVALID_CREDENTIALS' } }, words)
        t.same(await database.query('select id from live_session where user_id = $1 and id is distinct from $2', [userId, sessionId]), [], words)
        t.ok(await logIn(here.address, userId), 'one that begins after the answer gets in here, if the app lets it')
        t.ok(await logIn(there.address, userId), 'and there')
      }
    }
  }
})

t.test('nobody else\'s login is refused, nor any after an end for another reason', async (t) => {
  const world = await openWorld(t)
  const { here, there, loginUnderWay, admin } = world
  const device = await logIn(here.address)
  const bystander = await loginUnderWay(there.address, 'second@example.com')
  await byFilter(() => ({ userId: USER }))(world, 'account_disabled', NOBODY)
  await byFilter(() => ({ createdBefore: '2020-01-01T00:00:00Z' }))(world, 'account_disabled', NOBODY)
  t.equal((await bystander.goOn()).status, 200)
  const unconcerned = await loginUnderWay(there.address)
  t.equal((await (await admin()).ask('DELETE', `/api/admin/users/${USER}/sessions`)).status, 200)
  t.equal((await (await admin()).ask('POST', '/api/admin/sessions/revoke', { body: { filter: { userId: USER } } })).status, 200)
  await here.app.sessions.revoke(device.id, { reason: 'policy' })
  t.equal((await unconcerned.goOn()).status, 200)
})

t.test('a login that has just looked, and not committed yet, is waited for, and ends with the others', async (t) => {
  for (const [name, end] of [['userId', byFilter(() => ({ userId: USER }))], ['all', byFilter(() => ({ all: true }))]] as const) {
    const world = await openWorld(t)
    const { here, there, loginUnderWay, database } = world
    const admin = await world.admin()
    // Holds back the insert: the login has passed its look, and is in its transaction.
    const holder = await connectTo(t, database)
    await holder.query('begin; lock table live_session in share mode')
    const login = (await loginUnderWay(there.address)).goOn()
    await lockAwaited(database)
    const ending = end({ ...world, admin: async () => admin }, 'account_disabled', NOBODY)
    if (name === 'all') await until(() => everybodyNoted(database))
    else await lockAwaited(database, 2)
    await holder.query('commit')
    await ending
    const { status, body } = await login
    if (status === 200) t.equal((await ask(here.address, 'GET', '/api/sessions/current', { token: body['token'] as string })).status, 401, `${name}: it was let in, and out again`)
    t.same(await database.query('select id from live_session where revoked_at is null and user_id = $1', [USER]), [], name)
  }
})

async function everybodyNoted ({ query }: TestDatabase): Promise<boolean> {
  return (await query("select from live_session_event where type = 'credentials_changed' and user_id = ''")).length > 0
}

/** With its next renewal. */
async function everyNodeKnows ({ query }: TestDatabase): Promise<boolean> {
  const [row] = await query<{ known: boolean }>("select bool_and(pg_visible_in_snapshot(xid, applied)) as known from live_session_node, live_session_event where user_id = ''")
  return row?.known ?? false
}

/** As `openIn` does, up to its insert. */
async function lockForLogin (open: Client, userId: string): Promise<void> {
  const sql: Sql = async (text, values = []) => (await open.query(text, [...values])).rows
  await loginQueries({ schema: undefined, idleAllowanceMs: 0 }).lockForLogin(sql, userId)
}

t.test('an end of everybody waits for a login in an app\'s open transaction, and the other logins do not', async (t) => {
  const world = await openWorld(t)
  const { here, there, loginUnderWay, database } = world
  const admin = await world.admin()
  const open = await connectTo(t, database)
  await open.query('begin')
  await lockForLogin(open, 'slow')
  const refused = await loginUnderWay(there.address)
  let answered = false
  const ending = admin.ask('POST', '/api/admin/sessions/revoke', { body: { filter: { all: true }, reason: 'password_changed' } }).finally(() => { answered = true })
  await until(() => everybodyNoted(database))
  t.equal((await refused.goOn()).status, 401, 'the one that was under way is refused')
  await until(() => everyNodeKnows(database))
  t.ok(await logIn(here.address, 'later'), 'one that begins later is served')
  t.notOk(answered, 'and all the while the end waits')
  await open.query("insert into live_session (id, user_id, device_name, device_type, user_agent, expires_at) values (gen_random_uuid(), 'slow', 'x', 'cli', '', now() + interval '1 day')")
  await open.query('commit')
  t.match(await ending, { status: 200, body: { confirmed: true } })
  t.same(await database.query("select id from live_session where user_id = 'slow' and revoked_at is null"), [])
})

t.test('one that stays open holds up no emergency: all others end, and the answer says that it is not certain', async (t) => {
  const world = await openWorld(t)
  const device = await logIn(world.here.address)
  const admin = await world.admin()
  const open = await connectTo(t, world.database)
  await open.query('begin')
  await lockForLogin(open, 'slow')
  t.match(await admin.ask('POST', '/api/admin/sessions/revoke', { body: { filter: { all: true }, reason: 'account_disabled' } }), { status: 503, body: { code: 'SESSION_REVOCATION_UNCONFIRMED' } })
  t.equal((await device.ask('GET', '/api/sessions/current')).status, 401)
})

t.test('thousands of users are noted before the first session ends, whatever the order in which they are', async (t) => {
  const world = await openWorld(t)
  const { there, loginUnderWay, database } = world
  await database.query(`insert into live_session (id, user_id, device_name, device_type, client_id, user_agent, expires_at)
    select gen_random_uuid(), 'crowd-' || n, 'Device', 'desktop', 'crowd', '', now() + interval '1 day' from generate_series(1, 2500) n`)
  const logins = await Promise.all(['crowd-1', 'crowd-999', 'crowd-2500'].map(async (userId) => await loginUnderWay(there.address, userId)))
  // The first end has to wait: by then everybody has been noted.
  const holder = await connectTo(t, database)
  const admin = await world.admin()
  await holder.query("begin; select from live_session where client_id = 'crowd' for update")
  const ending = byFilter(() => ({ clientId: 'crowd' }))({ ...world, admin: async () => admin }, 'account_disabled', NOBODY)
  await lockAwaited(database)
  for (const { goOn } of logins) t.match(await goOn(), { status: 401, body: { code: 'INVALID_CREDENTIALS' } })
  t.match(await database.query("select count(distinct user_id)::int as users, count(*)::int as notes from live_session_event where type = 'credentials_changed'"), [{ users: 2_500, notes: 2_500 }])
  await holder.query('commit')
  await ending
  t.match(await database.query("select count(*)::int as n from live_session where client_id = 'crowd' and revoked_at is null"), [{ n: 0 }])
})

t.test('a proof whose password was checked before the change counts no more, in whichever session, and whichever of them ended', async (t) => {
  const { here, there, proofUnderWay, database } = await openWorld(t)
  for (const [name, end] of Object.entries<(kept: Device, gone: Device) => Promise<unknown>>({
    'another session alone': (_kept, gone) => here.app.sessions.revoke(gone.id, { reason: 'password_changed' }),
    'all but this one': (kept) => here.app.sessions.revokeOthers(kept, { reason: 'password_changed' }),
    'by hand': (_kept, gone) => database.query("update live_session set revoked_at = now(), revoked_reason = 'password_changed' where id = $1", [gone.id])
  })) {
    const userId = `${name}@example.com`
    const [kept, gone] = [await logIn(there.address, userId), await logIn(here.address, userId)]
    await database.query("update live_session set authenticated_at = now() - interval '61 minutes' where user_id = $1", [userId])
    const [proof, its] = [await proofUnderWay(kept), await proofUnderWay(gone)]
    await end(kept, gone)
    t.match(await proof.goOn(), { status: 401, body: { code: 'INVALID_CREDENTIALS' } }, name)
    t.match(await its.goOn(), { status: 401, body: { code: 'SESSION_REVOKED', reason: 'password_changed' } }, name)
    if (!t.match(await kept.ask('DELETE', '/api/sessions'), { status: 403, body: { code: 'SESSION_REAUTHENTICATION_REQUIRED' } }, 'and left no mark')) return
    await until(async () => (await (await proofUnderWay(kept)).goOn()).body['code'] !== 'INVALID_CREDENTIALS')
    t.equal((await kept.ask('DELETE', '/api/sessions')).status, 200, 'one that begins later counts')
  }
})

t.test('an end for another reason leaves the proofs under way alone', async (t) => {
  const { here, there, proofUnderWay } = await openWorld(t)
  const [kept, gone] = [await logIn(there.address), await logIn(here.address)]
  const proof = await proofUnderWay(kept)
  await here.app.sessions.revoke(gone.id, { reason: 'policy' })
  t.equal((await proof.goOn()).status, 200)
})

t.test('an end by hand in psql with such a reason refuses the login that is under way, too', async (t) => {
  const { here, there, loginUnderWay, database } = await openWorld(t)
  await logIn(here.address)
  const login = await loginUnderWay(there.address)
  await database.query("update live_session set revoked_at = now(), revoked_reason = 'account_disabled' where user_id = $1", [USER])
  t.match(await login.goOn(), { status: 401, body: { code: 'INVALID_CREDENTIALS' } })
})

t.test('an end by hand in psql under the user\'s lock waits for a login that has looked for it already, and ends its session, too', async (t) => {
  const { here, there, loginUnderWay, database } = await openWorld(t)
  await logIn(here.address)
  const [gate, hand] = [await connectTo(t, database), await connectTo(t, database)]
  await gate.query(`create function wait_for_gate() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock(1); return null; end $$;
    create trigger gate after insert on live_session for each row execute function wait_for_gate();
    select pg_advisory_lock(1)`)
  const login = await loginUnderWay(there.address)
  const answer = login.goOn()
  await lockAwaited(database)
  await hand.query('begin')
  const ended = hand.query('select pg_advisory_xact_lock(hashtextextended($1, 5184471212))', [USER])
    .then(() => hand.query("update live_session set revoked_at = now(), revoked_reason = 'account_disabled' where user_id = $1 and revoked_at is null", [USER]))
    .then(() => hand.query('commit'))
  await lockAwaited(database, 2)
  await gate.query('select pg_advisory_unlock(1)')
  await ended
  const { status, body } = await answer
  t.equal(status, 200)
  await until(async () => (await ask(there.address, 'GET', '/api/sessions/current', { token: (body as { token: string }).token })).status === 401)
})

t.test('the reason of DELETE /admin/users/:userId/sessions is one of the known ones, and revoked_by_admin by default', async (t) => {
  const { here, admin: logInAdmin } = await openWorld(t)
  const admin = await logInAdmin()
  for (const wrong of ['because', 'expired', '']) t.match(await admin.ask('DELETE', `/api/admin/users/${USER}/sessions?reason=${wrong}`), { status: 400, body: { message: /reason/ } }, wrong)
  for (const [query, reason] of [['', 'revoked_by_admin'], ['?reason=policy', 'policy'], ['?reason=account_disabled', 'account_disabled']] as const) {
    for (const userId of [USER, 'x'.repeat(200)]) {
      const device = await logIn(here.address, userId)
      t.match(await admin.ask('DELETE', `/api/admin/users/${userId}/sessions${query}`), { status: 200, body: { count: 1 } })
      t.match(await device.ask('GET', '/api/sessions/current'), { status: 401, body: { reason } })
    }
  }
})
