/** A login that finds the account full: who goes, what they hear, and who is denied. */
import t from 'tap'
import type { SessionEvents } from '../../plugins/index.ts'
import type { RevocationReport } from '../../src/protocol.ts'
import { buildApp } from '../helpers/app.ts'
import { ask, logIn } from '../helpers/device.ts'
import { buildApps } from '../helpers/limited-apps.ts'
import { logInOn } from '../helpers/log-in-on.ts'

t.test('an evicted device hears it live, on whatever node it is, and its token is dead when the login is answered', async (t) => {
  const { apps, addressOf, database } = await buildApps(t, 2, { options: { maxSessions: 2 } })
  const [oldest, kept] = [await logIn(addressOf(0)), await logIn(addressOf(1))]
  const [socket, other] = [await oldest.connect(addressOf(1)), await kept.connect(addressOf(0))]
  const ends: Array<SessionEvents['ended']> = []
  apps[0]?.app.sessions.on('ended', (event) => { ends.push(event) })
  const fresh = await logIn(addressOf(0))
  for (const index of [0, 1]) {
    t.match(await oldest.ask('GET', '/api/sessions/current', { at: addressOf(index) }), { status: 401, body: { code: 'SESSION_REVOKED', reason: 'session_limit' } })
  }
  t.match(await socket.next('logout'), { sessionId: oldest.id, reason: 'session_limit' })
  t.match(await socket.closed, { code: 4401 })
  t.equal((await fresh.ask('GET', '/api/sessions/current')).status, 200)
  t.notOk(other.messages.some(({ type }) => type === 'logout'))
  t.match(ends, [{ sessionId: oldest.id, userId: 'user@example.com', reason: 'session_limit' }])
  t.match(await database.query("select session_id, reason, by, ip_address from live_session_event where type = 'ended'"),
    [{ session_id: oldest.id, reason: 'session_limit', by: 'user@example.com', ip_address: '127.0.0.1' }])
})

t.test('ABP: a login logs the devices of its type out, with the reason concurrent_login', async (t) => {
  const { address } = await buildApp(t, { options: { preventConcurrentLogin: 'logoutFromSameTypeDevices' } })
  const [phone, laptop] = [await logInOn(address, 'phone'), await logInOn(address, 'laptop')]
  const [phoneSocket, laptopSocket] = [await phone.connect(), await laptop.connect()]
  await logInOn(address, 'phone')
  t.match(await phoneSocket.next('logout'), { sessionId: phone.id, reason: 'concurrent_login' })
  t.equal((await laptop.ask('GET', '/api/sessions/current')).status, 200)
  t.notOk(laptopSocket.messages.some(({ type }) => type === 'logout'))
})

t.test('the limit may be a function of the login, and its answer may count one client alone', async (t) => {
  const asked: unknown[] = []
  const { address } = await buildApp(t, {
    options: {
      login: { verify: ({ body }) => ({ id: body.email, claims: { plan: 'free' } }) },
      maxSessions: async (login) => {
        asked.push(login)
        return login.clientId === 'app' ? { max: 1, of: 'clientId' } : null
      }
    }
  })
  const open = [await logInOn(address, 'laptop'), await logInOn(address, 'app', { clientId: 'app' }), await logInOn(address, 'laptop'), await logInOn(address, 'app', { clientId: 'app' })]
  const statuses = await Promise.all(open.map(async (device) => (await device.ask('GET', '/api/sessions/current')).status))
  t.same(statuses, [200, 401, 200, 200])
  t.match(asked[1], { userId: 'user@example.com', clientId: 'app', deviceType: String, claims: { plan: 'free' } })
})

t.test('deny: 403 SESSION_LIMIT_REACHED with its event, no row and nobody logged out; a logout makes the place again', async (t) => {
  const { app, address, database } = await buildApp(t, { options: { maxSessions: 1, whenFull: 'deny' } })
  const denials: Array<SessionEvents['denied']> = []
  app.sessions.on('denied', (event) => { denials.push(event) })
  const only = await logIn(address)
  const login = { body: { email: 'user@example.com', password: 'correct horse battery staple', device: { clientId: 'shop' } } }
  t.match(await ask(address, 'POST', '/api/auth/login', login), { status: 403, body: { statusCode: 403, code: 'SESSION_LIMIT_REACHED', message: String } })
  t.match(denials, [{ userId: 'user@example.com', clientId: 'shop', deviceType: String, ipAddress: '127.0.0.1' }])
  t.match(await database.query('select count(*)::int as n from live_session'), [{ n: 1 }])
  t.equal((await only.ask('GET', '/api/sessions/current')).status, 200)
  t.ok(await logIn(address, 'second@example.com'), 'other users have their own places')
  await only.ask('POST', '/api/auth/logout')
  t.equal((await ask(address, 'POST', '/api/auth/login', login)).status, 200)
})

t.test('with awaitEvictions off a login answers while another node has not confirmed yet; on, it waits for that', async (t) => {
  for (const awaitEvictions of [false, true]) {
    // Where nobody waits for it, it lasts much longer than a slow machine may take.
    const lease = awaitEvictions ? { leaseMs: 1_500, renewalMs: 400 } : { leaseMs: 60_000, renewalMs: 1_000 }
    const { address, database } = await buildApp(t, { options: { maxSessions: 1, awaitEvictions, ...lease } })
    await logIn(address)
    // A node that says nothing: its lease may last until T′, 1.88 s; or more than a minute.
    await database.query('insert into live_session_node (incarnation, applied) values (gen_random_uuid(), pg_current_snapshot())')
    const began = performance.now()
    await logIn(address)
    const took = performance.now() - began
    if (awaitEvictions) t.ok(took > 1_000, `answered after ${took.toFixed()} ms`)
    else t.ok(took < 30_000, `answered after ${took.toFixed()} ms`)
  }
})

t.test('idle and expired sessions take no place', async (t) => {
  const { address, database } = await buildApp(t, { options: { maxSessions: 2, whenFull: 'deny' } })
  const [expired, idle] = [await logIn(address), await logIn(address)]
  await database.query('update live_session set expires_at = now() where id = $1', [expired.id])
  await database.query("update live_session set last_activity_at = now() - interval '40 days' where id = $1", [idle.id])
  t.ok(await logIn(address))
})

t.test('"others" ends all the others and never the current session, also while the user logs in again and again', async (t) => {
  const { addressOf } = await buildApps(t, 2)
  const current = await logIn(addressOf(0))
  const logins = Promise.all(Array.from({ length: 10 }, (_, index) => logIn(addressOf(index))))
  for (let round = 0; round < 5; round++) {
    t.match(await current.ask<RevocationReport>('DELETE', '/api/sessions/others', { at: addressOf(round) }), { status: 200, body: { confirmed: true } })
  }
  const devices = await logins
  await current.ask('DELETE', '/api/sessions/others')
  t.equal((await current.ask('GET', '/api/sessions/current')).status, 200)
  for (const device of devices) t.equal((await device.ask('GET', '/api/sessions/current', { at: addressOf(1) })).status, 401)
})
