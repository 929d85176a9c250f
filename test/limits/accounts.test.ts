/** Recipes: a changed password (R3), a disabled account (R2). Logins that were under way with the old proof are refused too. */
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { buildApp, PASSWORD } from '../helpers/app.ts'
import { ask, logIn, openSocket } from '../helpers/device.ts'
import { buildApps } from '../helpers/limited-apps.ts'

t.test('a changed password ends every session but the one that changed it, with its reason, by whom and from where', async (t) => {
  const { app, address, database } = await buildApp(t)
  const [current, other] = [await logIn(address), await logIn(address)]
  const socket = await other.connect()
  const report = await app.sessions.revokeUser('user@example.com', { except: current.id, reason: 'password_changed', by: 'user@example.com', ip: '192.0.2.1' })
  t.match(report, { count: 1, revoked: [other.id], confirmed: true })
  t.match(await socket.next('logout'), { reason: 'password_changed' })
  t.match(await other.ask('GET', '/api/sessions/current'), { status: 401, body: { code: 'SESSION_REVOKED', reason: 'password_changed' } })
  t.equal((await current.ask('GET', '/api/sessions/current')).status, 200)
  t.match(await database.query("select session_id, reason, by, ip_address from live_session_event where type = 'ended'"),
    [{ session_id: other.id, reason: 'password_changed', by: 'user@example.com', ip_address: '192.0.2.1' }])
})

t.test('a disabled account loses every session on every node, HTTP and sockets, and gets no new one; others keep theirs', async (t) => {
  const disabled = new Set<string>()
  const { apps: [here, there] } = await buildApps(t, 2, {
    options: { login: { verify: ({ body }) => body.password === PASSWORD && !disabled.has(body.email) ? { id: body.email } : null } }
  })
  if (here === undefined || there === undefined) return
  const devices = [await logIn(here.address), await logIn(there.address), await logIn(there.address)]
  const stranger = await logIn(there.address, 'second@example.com')
  const sockets = await Promise.all(devices.map(async (device) => await device.connect()))
  disabled.add('user@example.com')
  t.match(await here.app.sessions.revokeUser('user@example.com', { reason: 'account_disabled', by: 'admin' }), { count: 3, confirmed: true })
  for (const socket of sockets) t.match(await socket.next('logout'), { reason: 'account_disabled' })
  for (const at of [here.address, there.address]) {
    for (const { ask, token } of devices) {
      t.match(await ask('GET', '/api/sessions/current', { at }), { status: 401, body: { code: 'SESSION_REVOKED', reason: 'account_disabled' } })
      t.match(await openSocket(at, ['live-sessions.v1', `bearer.${token}`]).refused, { status: 401 })
    }
    t.match(await ask(at, 'POST', '/api/auth/login', { body: { email: 'user@example.com', password: PASSWORD } }), { status: 401, body: { code: 'INVALID_CREDENTIALS' } })
    t.equal((await stranger.ask('GET', '/api/sessions/current', { at })).status, 200)
  }
})

for (const reason of ['password_changed', 'account_disabled'] as const) {
  t.test(`${reason}: a login whose password was checked before is refused when it comes to open its session`, async (t) => {
    let verified = (): void => {}
    let goOn = (): void => {}
    const [wasVerified, mayGoOn] = [new Promise<void>((resolve) => { verified = resolve }), new Promise<void>((resolve) => { goOn = resolve })]
    const { app, address, database } = await buildApp(t, {
      options: {
        login: {
          verify: async ({ body }) => {
            if (body['slowly'] === true) {
              verified()
              await mayGoOn
            }
            return { id: body.email }
          }
        }
      }
    })
    const slow = ask(address, 'POST', '/api/auth/login', { body: { email: 'user@example.com', password: PASSWORD, slowly: true } })
    await wasVerified
    await app.sessions.revokeUser('user@example.com', { reason })
    goOn()
    t.match(await slow, { status: 401, body: { code: 'INVALID_CREDENTIALS' } })
    t.match(await database.query('select count(*)::int as n from live_session'), [{ n: 0 }])
    t.ok(await logIn(address), 'one that begins after the answer gets in, if the app lets it')
  })
}

t.test('without a lease a login asks PostgreSQL when it begins: a password changed before is no reason to refuse it, one changed meanwhile is', async (t) => {
  let meanwhile = async (): Promise<void> => {}
  const { app, address, database } = await buildApp(t, {
    options: {
      leaseMs: 300,
      renewalMs: 100,
      login: {
        verify: async ({ body }) => {
          await meanwhile()
          return { id: body.email }
        }
      }
    }
  })
  const note = async (): Promise<void> => {
    await database.query("insert into live_session_event (type, user_id, reason, by) values ('credentials_changed', 'user@example.com', 'password_changed', 'system')")
  }
  await database.query('alter table live_session_node rename to nodes_out_of_reach')
  while ((await app.sessions.health()).lease) await delay(20)
  await note()
  t.ok(await logIn(address))
  meanwhile = note
  t.match(await ask(address, 'POST', '/api/auth/login', { body: { email: 'user@example.com', password: PASSWORD } }), { status: 401, body: { code: 'INVALID_CREDENTIALS' } })
  await database.query('alter table nodes_out_of_reach rename to live_session_node')
})
