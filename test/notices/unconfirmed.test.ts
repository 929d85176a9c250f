/** Sessions that wait for a confirmation: what they may do, who confirms them, on which node, and that they end by themselves if nobody does. */
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { requireConfirmedSession } from '../../plugins/index.ts'
import type { Session } from '../../src/protocol.ts'
import { buildApp } from '../helpers/app.ts'
import { ask, openSocket } from '../helpers/device.ts'
import { LONDON, openWorld, type SignedIn, type World } from '../helpers/logins-from.ts'

/** For the tests that need no times of their own; each has a user of its own. */
const world = await openWorld(t, { risk: { unconfirmedFrom: 100, confirmWithinMs: 600_000 } })

/** A laptop that is known, and a stranger whose session waits. */
async function open ({ signIn }: World, userId: string): Promise<{ laptop: SignedIn, stranger: SignedIn }> {
  const laptop = await signIn({ userId })
  return { laptop, stranger: await signIn({ userId, device: 'phone', ip: LONDON }) }
}

t.test('it is signed in, and may do little; the token is good for as long as it may come to live', async (t) => {
  const { laptop, stranger } = await open(world, 'little@example.com')
  t.equal(stranger.session.confirmed, false)
  t.ok(Date.parse(stranger.session.expiresAt) - Date.now() <= 600_000)
  t.ok(Date.parse(stranger.expiresAt) - Date.now() > 86_400_000)
  t.match(await world.riskOf(stranger.session), { decision: 'unconfirmed' })

  t.match((await stranger.ask('GET', '/api/sessions/current')).body, { id: stranger.session.id, confirmed: false })
  t.match((await stranger.ask<Session[]>('GET', '/api/sessions?include=ended')).body.map(({ id }) => id), [stranger.session.id], 'it learns nothing of others')
  const refused = { status: 403, body: { code: 'SESSION_UNCONFIRMED' } }
  for (const [method, path, body] of [
    ['GET', `/api/sessions/${laptop.session.id}`], ['PATCH', `/api/sessions/${laptop.session.id}`, { deviceName: 'mine' }], ['DELETE', `/api/sessions/${laptop.session.id}`],
    ['DELETE', '/api/sessions/others'], ['DELETE', '/api/sessions'], ['POST', `/api/sessions/${stranger.session.id}/confirm`]
  ] as const) t.match(await stranger.ask(method, path, { body }), refused, `${method} ${path}`)
  t.match((await laptop.ask<Session[]>('GET', '/api/sessions')).body.find(({ id }) => id === stranger.session.id), { confirmed: false })
  t.equal((await stranger.ask('POST', '/api/auth/logout')).status, 200)
})

t.test('an app\'s route behind the guard answers 403 until it is confirmed', async (t) => {
  const userId = 'guarded@example.com'
  const { address } = await buildApp(t, {
    database: world.database,
    after: (app) => { app.get('/transfer', { onRequest: requireConfirmedSession }, async (request) => request.session.confirmed) }
  })
  const laptop = await world.signIn({ userId })
  const { body: { token, session } } = await world.login({ userId, device: 'phone', ip: LONDON })
  t.equal(session.confirmed, false)
  const transfer = (): ReturnType<typeof ask> => ask(address, 'GET', '/transfer', { token })
  t.match(await transfer(), { status: 403, body: { code: 'SESSION_UNCONFIRMED' } })
  t.match(await ask(address, 'GET', '/transfer'), { status: 401, body: { code: 'SESSION_REQUIRED' } })
  t.match(await laptop.ask('POST', `/api/sessions/${session.id}/confirm`), { status: 200, body: { id: session.id, confirmed: true, isCurrent: false } })
  t.match(await transfer(), { status: 200, body: true }, 'at once, on the other node, which has it in memory')
})

t.test('the user\'s other devices are asked, on whichever node; the one that waits is not', async (t) => {
  const userId = 'asked@example.com'
  const other = await buildApp(t, { database: world.database, options: { renewalMs: 50 } })
  const laptop = await world.signIn({ userId })
  const { body: { token } } = await world.login({ userId, device: 'laptop' })
  const there = openSocket(other.address, ['live-sessions.v1', `bearer.${token}`])
  await there.next('welcome')
  const stranger = await world.signIn({ userId, device: 'phone', ip: LONDON })
  t.match(await there.next('notice'), { kind: 'suspicious', session: { id: stranger.session.id, confirmed: false, location: { city: 'London' }, isCurrent: false, deviceName: String } })
  t.equal((await laptop.ask('GET', '/api/sessions/current')).status, 401, 'the same device again had taken its place')

  const waiting = await stranger.connect()
  const tablet = await world.signIn({ userId, device: 'tablet' })
  t.match(await there.next('notice'), { kind: 'new_device', session: { id: tablet.session.id, confirmed: true } })
  t.notOk(waiting.messages.some(({ type }) => type === 'notice'))
})

t.test('confirmed, it is a session as any, its socket lives on, and its device is known', async (t) => {
  const world = await openWorld(t, { risk: { unconfirmedFrom: 100, confirmWithinMs: 3_000 } })
  const { laptop, stranger } = await open(world, 'user@example.com')
  const socket = await stranger.connect()
  t.equal((await laptop.ask('POST', `/api/sessions/${stranger.session.id}/confirm`)).status, 200)
  t.equal((await laptop.ask('POST', `/api/sessions/${stranger.session.id}/confirm`)).status, 200, 'again is no news')
  while (Date.now() < Date.parse(stranger.session.expiresAt) + 500) {
    await stranger.ask('GET', '/api/sessions/current')
    await delay(50)
  }
  t.match((await stranger.ask('GET', '/api/sessions/current')), { status: 200, body: { confirmed: true } })
  t.equal((await stranger.ask('GET', `/api/sessions/${laptop.session.id}`)).status, 200)
  t.notOk(socket.messages.some(({ type }) => type === 'logout'))
  t.equal(socket.ws.readyState, socket.ws.OPEN)
  t.equal(await world.riskOf((await world.signIn({ device: 'phone', ip: LONDON })).session), null)
  t.match(await world.database.query("select type from live_session_event where session_id = $1 and type = 'confirmed'", [stranger.session.id]), [{ type: 'confirmed' }])
})

t.test('nobody confirms it: it ends by itself, and its socket is told; its device stays a stranger', async (t) => {
  const world = await openWorld(t, { risk: { unconfirmedFrom: 100, confirmWithinMs: 1_500 } })
  const { laptop, stranger } = await open(world, 'user@example.com')
  const socket = await stranger.connect()
  t.match(await socket.next('logout'), { reason: 'expired', sessionId: stranger.session.id })
  t.match(await stranger.ask('GET', '/api/sessions/current'), { status: 401, body: { code: 'SESSION_EXPIRED', reason: 'expired' } })
  t.equal((await laptop.ask('POST', `/api/sessions/${stranger.session.id}/confirm`)).status, 404, 'too late')
  t.match((await world.login({ device: 'phone', ip: LONDON })).body.session, { confirmed: false })
})

t.test('nobody else confirms it: another user, a session that waits itself, an unknown id', async (t) => {
  const userId = 'foreign@example.com'
  const { stranger } = await open(world, userId)
  const somebody = await world.signIn({ userId: 'somebody@example.com' })
  const unknown = await somebody.ask('POST', '/api/sessions/0b7c2f0e-6c3f-4f5e-9d0b-0c6a3c1f7a11/confirm')
  t.match(unknown, { status: 404, body: { code: 'SESSION_NOT_FOUND' } })
  t.same((await somebody.ask('POST', `/api/sessions/${stranger.session.id}/confirm`)).body, unknown.body, 'a foreign id looks like an unknown one')
  const second = await world.signIn({ userId, device: 'stranger 2', ip: LONDON })
  t.match(await second.ask('POST', `/api/sessions/${stranger.session.id}/confirm`), { status: 403, body: { code: 'SESSION_UNCONFIRMED' } })
})

t.test('an app confirms it by its own means', async (t) => {
  const userId = 'by.the.app@example.com'
  const { stranger } = await open(world, userId)
  t.match(await world.app.sessions.confirm(stranger.session.id, { userId }), { confirmed: true })
  t.match((await stranger.ask('GET', '/api/sessions/current')).body, { confirmed: true })
  await t.rejects(world.app.sessions.confirm(stranger.session.id, { userId: 'somebody@example.com' }), { code: 'SESSION_NOT_FOUND' })
})

t.test('an administrator is none before the login is confirmed', async (t) => {
  // Not the laptop: `riskOf` has signed the administrator in with it.
  const office = await world.signIn({ userId: 'admin@example.com', device: 'office' })
  const stranger = await world.signIn({ userId: 'admin@example.com', device: 'phone', ip: LONDON })
  t.match(await stranger.ask('GET', '/api/admin/sessions'), { status: 403, body: { code: 'SESSION_UNCONFIRMED' } })
  await office.ask('POST', `/api/sessions/${stranger.session.id}/confirm`)
  t.equal((await stranger.ask('GET', '/api/admin/sessions')).status, 200)
})
