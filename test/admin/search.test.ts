/** Administrators search: complete pages in a fixed order, literal text, and what is not allowed (R4, R24, R25). */
import t from 'tap'
import { ask, logIn } from '../helpers/device.ts'
import { insertMany, openOffice, type AdminItem } from '../helpers/administration.ts'

/** For the tests to which it makes no difference who else is there. */
const office = await openOffice(t)

t.test('the admin routes are closed to everybody else: 401 without a session, 403 with one', async (t) => {
  const { address, admin } = office
  const user = await logIn(address)
  const routes = [['GET', '/sessions'], ['GET', `/sessions/${admin.id}`], ['DELETE', `/sessions/${admin.id}`], ['DELETE', '/users/admin@example.com/sessions'], ['POST', '/sessions/revoke']] as const
  for (const [method, path] of routes) {
    const body = method === 'POST' ? { body: { filter: { all: true } } } : {}
    t.match(await user.ask(method, `/api/admin${path}`, body), { status: 403, body: { code: 'SESSION_FORBIDDEN' } }, `${method} ${path}`)
    t.match(await ask(address, method, `/api/admin${path}`, body), { status: 401, body: { code: 'SESSION_REQUIRED' } })
  }
  t.equal((await admin.ask('GET', '/api/sessions/current')).status, 200)
})

t.test('page after page gives every session once, newest first, though all were created at the same moment and others come meanwhile', async (t) => {
  const { search, database, address } = await openOffice(t)
  await insertMany(database, 'crowd', 95)
  const seen: AdminItem[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const { status, body }: Awaited<ReturnType<typeof search>> = await search({ limit: '10', ...(cursor === '' ? {} : { cursor }) })
    t.equal(status, 200)
    t.ok(body.items.length === 10 || body.nextCursor === null)
    seen.push(...body.items)
    cursor = body.nextCursor
    await logIn(address, 'late@example.com')
  }
  t.equal(seen.length, 96)
  t.equal(new Set(seen.map(({ id }) => id)).size, 96)
  t.match(seen[0], { userId: 'admin@example.com', isCurrent: true, status: 'active' })
  const order = seen.slice(1).map(({ id }) => id)
  t.same(order, [...order].sort().reverse())
})

t.test('a page has 50 sessions by default, 1 to 200 on demand, and no other number', async (t) => {
  const { search, database } = office
  await insertMany(database, 'crowd', 250)
  t.equal((await search()).body.items.length, 50)
  for (const limit of [1, 200]) t.equal((await search({ limit: String(limit) })).body.items.length, limit)
  for (const limit of ['0', '201', '-1', '1.5', 'many', '']) t.match(await search({ limit }), { status: 400, body: { message: /limit/ } }, limit)
})

t.test('a cursor that is none of ours is 400, whatever is in it', async (t) => {
  const { search } = office
  const id = '0b7c0000-0000-4000-8000-000000000000'
  const forged = [['9999-99-99 99:99:99+99', id], ['infinity', id], ['99999999999999999', id], ['-1', id], ['1', 'x'], [1, id], ['1'], { createdAt: '1', id }, null]
  const cursors = ['x', '%00', 'e30', ...forged.map((content) => Buffer.from(JSON.stringify(content)).toString('base64url'))]
  for (const cursor of cursors) t.match(await search({ cursor }), { status: 400, body: { message: /cursor/ } }, cursor)
  t.equal((await search({ cursor: 'x'.repeat(600) })).status, 400)
})

t.test('q finds a part of the user id or the device name, in any case; %, _ and \\ mean themselves', async (t) => {
  const { search, database } = await openOffice(t)
  await insertMany(database, 'crowd', 4)
  for (const [index, name] of ['100% cotton', 'snake_case', 'back\\slash', 'plain'].entries()) {
    await database.query('update live_session set device_name = $2 where user_id = $1', [`crowd-${index + 1}`, name])
  }
  const found = async (q: string): Promise<string[]> => (await search({ q })).body.items.map(({ deviceName }) => deviceName).sort()
  t.same(await found('%'), ['100% cotton'])
  t.same(await found('_'), ['snake_case'])
  t.same(await found('\\'), ['back\\slash'])
  t.same(await found('0% C'), ['100% cotton'])
  t.same(await found('CROWD-4'), ['plain'])
  t.same(await found('\' or true --'), [])
})

t.test('filters hold together; status tells the living, the revoked and those that ended by themselves apart', async (t) => {
  const { search, database } = await openOffice(t)
  await insertMany(database, 'crowd', 5)
  await database.query("update live_session set revoked_at = now(), revoked_reason = 'logout' where user_id = 'crowd-1'")
  await database.query("update live_session set revoked_at = now(), revoked_reason = 'idle_timeout' where user_id = 'crowd-2'")
  await database.query("update live_session set expires_at = now() where user_id = 'crowd-3'")
  await database.query("update live_session set last_activity_at = now() - interval '40 days' where user_id = 'crowd-4'")
  const users = async (query: Record<string, string>): Promise<string[]> => (await search(query)).body.items.map(({ userId }) => userId).sort()
  t.same(await users({ status: 'active' }), ['admin@example.com', 'crowd-5'])
  t.same(await users({ status: 'revoked' }), ['crowd-1'])
  t.same(await users({ status: 'expired' }), ['crowd-2', 'crowd-3', 'crowd-4'])
  t.same((await search({ status: 'expired' })).body.items.map(({ status }) => status), ['expired', 'expired', 'expired'])
  t.same(await users({ userId: 'crowd-5', ip: '192.0.2.1' }), ['crowd-5'])
  t.same(await users({ userId: 'crowd-5', ip: '192.0.2.2' }), [])
  t.equal((await search({ status: 'dead' })).status, 400)
})

t.test('a session is shown with its user, its addresses and its events: who, from where, when, and when the logout was delivered', async (t) => {
  const { admin, address } = office
  const phone = await logIn(address)
  const socket = await phone.connect()
  t.match(await admin.ask('DELETE', `/api/admin/sessions/${phone.id}`), { status: 200, body: { count: 1, confirmed: true } })
  const { eventId, reason } = await socket.next('logout')
  t.equal(reason, 'revoked_by_admin')
  socket.ws.send(JSON.stringify({ type: 'ack', eventId, state: 'delivered' }))
  await socket.closed
  let look = await admin.ask('GET', `/api/admin/sessions/${phone.id}`)
  while ((look.body['session'] as { logoutDeliveredAt: string | null }).logoutDeliveredAt === null) look = await admin.ask('GET', `/api/admin/sessions/${phone.id}`)
  t.match(look.body, {
    session: { id: phone.id, userId: 'user@example.com', status: 'revoked', revokedBy: 'admin@example.com', revokedReason: 'revoked_by_admin', logoutDeliveredAt: /Z$/, addresses: [{ ip: '127.0.0.1', at: /Z$/ }] },
    user: { id: 'user@example.com' },
    events: [
      { type: 'ended', id: eventId, reason: 'revoked_by_admin', by: 'admin@example.com', ipAddress: '127.0.0.1', at: /Z$/ },
      { type: 'opened', by: 'user@example.com', ipAddress: '127.0.0.1', at: /Z$/ }
    ],
    nextCursor: null
  })
  for (const unknown of ['0b7c0000-0000-4000-8000-000000000000', 'x']) {
    t.match(await admin.ask('GET', `/api/admin/sessions/${unknown}`), { status: 404, body: { code: 'SESSION_NOT_FOUND' } })
  }
})
