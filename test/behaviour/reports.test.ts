/** What a request that ends sessions says: who has ended, why, and that it is certain; and what happens to the cookie, the list and the events (R3, R38). */
import t from 'tap'
import type { LoginAnswer, RevocationReport, Session } from '../../src/protocol.ts'
import { buildApp, PASSWORD } from '../helpers/app.ts'
import { ask, logIn, openSocket, type Device } from '../helpers/device.ts'
import { fence, typesSince } from '../helpers/cluster.ts'

const CLEARED = /^session=; .*Max-Age=0;.*HttpOnly/
const COUNTS = { confirmed: true, nodes: { acknowledged: 1, lapsed: 0 } }

const { app, database, address } = await buildApp(t)

interface Home { own: Device, others: [Device, Device], stranger: Device, events: unknown[] }

/** Three devices of a user and one of another, both of that name and nobody else's; and what the app hears of ends from then on. */
async function openHome (name: string): Promise<Home> {
  const userId = `${name}@example.com`
  const events: unknown[] = []
  app.sessions.on('ended', (event) => { events.push(event) })
  const own = await logIn(address, userId)
  return { own, others: [await logIn(address, userId), await logIn(address, userId)], stranger: await logIn(address, `stranger-of-${name}@example.com`), events }
}

async function statusOf (device: Device): Promise<number> {
  return (await device.ask('GET', '/api/sessions/current')).status
}

t.test('ending the others ends exactly the others: the own session and other users\' stay', async (t) => {
  const { own, others, stranger, events } = await openHome('others')
  const kept = [await own.connect(), await stranger.connect()]
  const sockets = await Promise.all(others.map(async (device) => await device.connect()))
  const { status, body, headers } = await own.ask<RevocationReport>('DELETE', '/api/sessions/others')
  t.match({ status, body }, { status: 200, body: { ...COUNTS, count: 2, sockets: { notified: 2 } } })
  t.same(new Set(body.revoked), new Set(others.map(({ id }) => id)))
  t.equal(headers.get('set-cookie'), null, 'the own cookie stays')
  t.same(await Promise.all([...others, own, stranger].map(statusOf)), [401, 401, 200, 200])
  for (const socket of sockets) t.match(await socket.next('logout'), { reason: 'revoked_by_user' })
  for (const socket of kept) {
    await fence(socket)
    t.notOk(typesSince(socket, 0).includes('logout'))
  }
  t.match(events, others.map(() => ({ userId: own.userId, reason: 'revoked_by_user' })))
  t.match(await own.ask('DELETE', '/api/sessions/others'), { status: 200, body: { count: 0, revoked: [], confirmed: true } })
})

t.test('ending all includes the own session and clears the cookie; a repeat with the dead token waits and counts nothing', async (t) => {
  const { own, others, stranger } = await openHome('all')
  const { status, body, headers } = await own.ask<RevocationReport>('DELETE', '/api/sessions')
  t.match({ status, body }, { status: 200, body: { ...COUNTS, count: 3 } })
  t.same(new Set(body.revoked), new Set([own, ...others].map(({ id }) => id)))
  t.match(headers.getSetCookie(), [CLEARED])
  t.same(await Promise.all([own, ...others, stranger].map(statusOf)), [401, 401, 401, 200])
  t.match(await own.ask('DELETE', '/api/sessions'), { status: 200, body: { ...COUNTS, count: 0, revoked: [] } })
})

t.test('a logout ends the own session alone, clears the cookie and the site\'s cache, and may be repeated', async (t) => {
  const { own, others } = await openHome('logout')
  const { status, body, headers } = await own.ask('POST', '/api/auth/logout')
  t.match({ status, body }, { status: 200, body: { ...COUNTS, count: 1, revoked: [own.id] } })
  t.match(headers.getSetCookie(), [CLEARED])
  t.equal(headers.get('clear-site-data'), '"cache"')
  t.equal(headers.get('cache-control'), 'no-store')
  t.match(await own.ask('GET', '/api/sessions/current'), { status: 401, body: { code: 'SESSION_REVOKED', reason: 'logout' } })
  t.same(await Promise.all(others.map(statusOf)), [200, 200])
  t.match(await own.ask('POST', '/api/auth/logout'), { status: 200, body: { ...COUNTS, count: 0, revoked: [] } })
})

t.test('a person who signed in with the cookie is signed out by it: cleared on every end of the own session, never by a 401', async (t) => {
  const sameOrigin = { 'sec-fetch-site': 'same-origin' }
  const login = await ask<LoginAnswer>(address, 'POST', '/api/auth/login', { body: { email: 'cookie@example.com', password: PASSWORD, transport: 'cookie' }, headers: sameOrigin })
  t.match(login, { status: 200, body: { token: undefined } })
  const cookie = login.headers.getSetCookie().find((text) => text.startsWith('session='))?.split(';')[0] ?? ''
  const headers = { ...sameOrigin, cookie }
  const socket = openSocket(address, ['live-sessions.v1'], { cookie, origin: address })
  t.equal(await socket.refused, null)
  await socket.next('welcome')
  const ended = await ask(address, 'DELETE', `/api/sessions/${login.body.session.id}`, { headers })
  t.match(ended, { status: 200, body: { ...COUNTS, count: 1, sockets: { notified: 1 } } })
  t.match(ended.headers.getSetCookie(), [CLEARED])
  t.match(await socket.closed, { code: 4401 })
  const late = await ask(address, 'GET', '/api/sessions', { headers })
  t.match(late, { status: 401, body: { code: 'SESSION_REVOKED' } })
  t.equal(late.headers.get('set-cookie'), null)
})

t.test('the list shows the living ones; with ?include=ended also when, why and by whom the others ended, and that their devices know', async (t) => {
  const { own, others: [first, second] } = await openHome('list')
  const socket = await first.connect()
  socket.ws.on('message', (text) => {
    const message = JSON.parse(String(text)) as { type: string, eventId?: string }
    if (message.type === 'logout') socket.ws.send(JSON.stringify({ type: 'ack', eventId: message.eventId, state: 'delivered' }))
  })
  await own.ask('DELETE', `/api/sessions/${first.id}`)
  await second.ask('POST', '/api/auth/logout')
  await socket.closed

  const alive = await own.ask<Session[]>('GET', '/api/sessions')
  t.same(alive.body.map(({ id, status, isCurrent }) => ({ id, status, isCurrent })), [{ id: own.id, status: 'active', isCurrent: true }])
  t.notOk('revokedAt' in (alive.body[0] ?? {}))

  const all = await own.ask<Session[]>('GET', '/api/sessions?include=ended')
  const find = (id: string): Session | undefined => all.body.find((session) => session.id === id)
  t.equal(all.body.length, 3)
  t.match(find(first.id), { status: 'revoked', revokedReason: 'revoked_by_user', revokedBy: own.userId, revokedAt: /Z$/, logoutDeliveredAt: /Z$/ })
  t.match(find(second.id), { status: 'revoked', revokedReason: 'logout', revokedBy: own.userId, logoutDeliveredAt: null })
})

t.test('every end is told to the app once, with its reason, and noted in an event of the same transaction', async (t) => {
  const { own, others: [first, second], stranger, events } = await openHome('events')
  const { sessions } = app
  await sessions.revoke(first.id, { reason: 'reported_by_user', by: 'support' })
  await sessions.revoke(first.id, { reason: 'logout' })
  await sessions.revokeOthers({ id: own.id, userId: own.userId })
  await sessions.revokeUser(stranger.userId, { reason: 'account_disabled', by: 'admin' })
  const expected = [
    { userId: own.userId, sessionId: first.id, reason: 'reported_by_user' },
    { userId: own.userId, sessionId: second.id, reason: 'policy' },
    { userId: stranger.userId, sessionId: stranger.id, reason: 'account_disabled' }
  ]
  t.match(events, expected)
  t.equal(events.length, expected.length)
  const noted = await database.query(`select e.user_id as "userId", e.session_id as "sessionId", e.reason, e.xid = s.revoked_xid as same
    from live_session_event e join live_session s on s.id = e.session_id where e.type = 'ended' and e.user_id = any($1) order by e.at`, [[own.userId, stranger.userId]])
  t.same(noted, expected.map((event) => ({ ...event, same: true })))
})
