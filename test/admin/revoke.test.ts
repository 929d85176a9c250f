/** Ending by filter: what a dry run counts is what ends; never more than was meant; thousands in one report (R4). */
import t from 'tap'
import type { RevocationReport } from '../../src/protocol.ts'
import { buildApp } from '../helpers/app.ts'
import { ask, logIn } from '../helpers/device.ts'
import { insertMany, openOffice } from '../helpers/administration.ts'

t.test('a filter that could mean more than was meant is 400, and ends nothing', async (t) => {
  const { revoke, database } = await openOffice(t)
  await insertMany(database, 'crowd', 3)
  const refused: Array<[unknown, RegExp]> = [
    [{}, /filter/], [{ filter: {} }, /all/], [{ filter: { all: false } }, /all/], [{ filter: { userID: 'crowd-1' } }, /userID/],
    [{ filter: { all: true, userId: 'crowd-1' } }, /all/], [{ filter: { userId: '' } }, /userId/], [{ filter: { deviceType: 'toaster' } }, /deviceType/],
    [{ filter: { countryCode: 'at' } }, /countryCode/], [{ filter: { createdBefore: 'yesterday' } }, /createdBefore/],
    [{ filter: { createdBefore: '0000-01-01T00:00:00Z' } }, /createdBefore/], [{ filter: { inactiveSince: '2026-01-01T23:59:60Z' } }, /inactiveSince/],
    [{ filter: { all: true }, reason: 'because' }, /reason/], [{ filter: { userId: 'a\0b' } }, /userId/], [{ filter: { clientId: 'a\ud800b' } }, /clientId/],
    [{ filter: { all: false, userId: 'crowd-1' } }, /all/], [{ filter: { all: true, userId: undefined, ip: '192.0.2.1' } }, /all/],
    [{ filter: { all: true }, dryrun: true }, /must not have "dryrun"; did you mean dryRun\?/], [{ filter: { all: true }, why: 'x' }, /it may have filter, dryRun, reason/],
    [[], /body/], ['"all"', /body/], [{ filter: [] }, /filter/], [{ filter: null }, /filter/], [{ filter: 'all' }, /filter/]
  ]
  // What is of another type is not made into the right one.
  for (const all of [1, 'true', null, [true], {}]) refused.push([{ filter: { all } }, /all/])
  for (const dryRun of [null, 'true', 'false', '', 0, 1, [], [false], {}]) refused.push([{ filter: { userId: 'crowd-1' }, dryRun }, /dryRun/])
  for (const name of ['userId', 'ip', 'countryCode', 'deviceType', 'clientId', 'createdBefore', 'inactiveSince']) {
    for (const value of [null, 5, true, ['crowd-1'], {}]) refused.push([{ filter: { [name]: value } }, new RegExp(name)])
  }
  for (const reason of [null, 5, ['policy'], {}]) refused.push([{ filter: { userId: 'crowd-1' }, reason }, /reason/])

  for (const [body, message] of refused) t.match(await revoke(body), { status: 400, body: { message } }, JSON.stringify(body))
  t.match(await revoke({ filter: { createdBefore: '2026-01-01T00:00:00+23:59' }, dryRun: true }), { status: 200 }, 'an unusual offset is a time all the same')
  t.match(await database.query('select count(*)::int as n from live_session where revoked_at is null'), [{ n: 4 }])
})

t.test('every filter ends what it says, and the dry run counts exactly that', async (t) => {
  const { revoke, database } = await openOffice(t)
  await insertMany(database, 'crowd', 7)
  const marks: Array<[string, Record<string, string>]> = [
    ["ip_address = '203.0.113.9'", { ip: '203.0.113.9' }], ["location = '{\"countryCode\": \"DE\"}'", { countryCode: 'DE' }],
    ["device_type = 'tv'", { deviceType: 'tv' }], ["client_id = 'shop'", { clientId: 'shop' }],
    ["created_at = '2020-01-01Z'", { createdBefore: '2020-01-02T00:00:00Z' }],
    ["last_activity_at = now() - interval '2 days'", { inactiveSince: new Date(Date.now() - 86_400_000).toISOString() }]
  ]
  for (const [index, [set, filter]] of marks.entries()) {
    await database.query(`update live_session set ${set} where user_id = $1`, [`crowd-${index + 1}`])
    t.match(await revoke({ filter, dryRun: true }), { status: 200, body: { dryRun: true, count: 1 } }, JSON.stringify(filter))
    t.match(await revoke({ filter, reason: 'policy' }), { status: 200, body: { count: 1, confirmed: true } })
    t.match(await database.query('select revoked_reason, revoked_by from live_session where user_id = $1', [`crowd-${index + 1}`]), [{ revoked_reason: 'policy', revoked_by: 'admin@example.com' }])
  }
  t.match(await revoke({ filter: { userId: 'crowd-7' } }), { status: 200, body: { count: 1 } })
})

t.test('a dry run touches nothing: no row, no event, no transaction number is used', async (t) => {
  const { revoke, database } = await openOffice(t)
  await insertMany(database, 'crowd', 20)
  const state = async (): Promise<unknown> => await database.query(`select (select jsonb_agg(s order by id) from live_session s) as sessions,
    (select jsonb_agg(xmin::text order by id) from live_session) as versions, (select count(*)::int from live_session_event) as events`)
  const before = await state()
  t.match(await revoke({ filter: { all: true }, dryRun: true }), { status: 200, body: { dryRun: true, count: 21 } })
  t.same(await state(), before)
})

t.test('12,000 sessions end in one report, chunk by chunk; connected devices on both nodes hear it live, the administrator stays, and every node says each end once', async (t) => {
  const { app, revoke, admin, database, address } = await openOffice(t)
  const other = await buildApp(t, { database })
  await insertMany(database, 'crowd', 12_000)
  const devices = [await logIn(address), await logIn(other.address)]
  await database.query("update live_session set client_id = 'crowd' where user_id = 'user@example.com'")
  const sockets = await Promise.all(devices.map((device, index) => device.connect(index === 0 ? address : other.address)))
  const ends = [0, 0]
  for (const [index, node] of [app, other.app].entries()) node.sessions.on('ended', () => { ends[index] = (ends[index] ?? 0) + 1 })
  const { status, body } = await revoke<RevocationReport>({ filter: { clientId: 'crowd' }, reason: 'account_disabled' })
  t.match({ status, body }, { status: 200, body: { count: 12_002, confirmed: true, nodes: { acknowledged: 2, lapsed: 0 } } })
  t.equal(body.revoked.length, 100)
  for (const socket of sockets) {
    t.match(await socket.next('logout'), { reason: 'account_disabled' })
    t.match(await socket.closed, { code: 4401 })
  }
  for (const at of [address, other.address]) for (const device of devices) t.equal((await device.ask('GET', '/api/sessions/current', { at })).status, 401)
  t.equal((await admin.ask('GET', '/api/sessions/current')).status, 200)
  t.match(await database.query("select count(*)::int, count(distinct session_id)::int as sessions from live_session_event where type = 'ended'"), [{ count: 12_002, sessions: 12_002 }])
  // A later end comes to both nodes after all of these.
  const last = await logIn(address, 'last@example.com')
  await last.ask('POST', '/api/auth/logout')
  t.same(ends, [12_003, 12_003])
  t.match(await revoke({ filter: { clientId: 'crowd' } }), { status: 200, body: { count: 0, confirmed: true } })
})

t.test('everybody includes the administrator, whose cookie is cleared; a user\'s sessions end by one route', async (t) => {
  const { revoke, admin, address } = await openOffice(t)
  const [one, two] = [await logIn(address), await logIn(address)]
  t.match(await admin.ask('DELETE', '/api/admin/users/user@example.com/sessions'), { status: 200, body: { count: 2 } })
  for (const device of [one, two]) t.match(await device.ask('GET', '/api/sessions/current'), { status: 401, body: { reason: 'revoked_by_admin' } })
  const kept = await revoke({ filter: { userId: 'nobody' } })
  t.same(kept.headers.getSetCookie(), [])
  const all = await revoke({ filter: { all: true } })
  t.match(all, { status: 200, body: { count: 1 } })
  t.match(all.headers.getSetCookie(), [/^session=; Max-Age=0/])
  t.equal((await admin.ask('GET', '/api/sessions/current')).status, 401)
})

t.test('a user\'s id may have 255 characters in the path, slashes among them, though Fastify takes 100', async (t) => {
  const { admin, address } = await openOffice(t)
  const long = 'x'.repeat(300)
  const ids = ['a/b', 'a/../b', '100 %', '../admin', ...[99, 100, 101, 199, 200, 201, 254, 255].map((length) => long.slice(0, length)), `${long.slice(0, 126)}/%2F\n${'y'.repeat(120)}`, 'ä'.repeat(255), '😀'.repeat(127)]
  for (const id of ids) {
    await logIn(address, id)
    t.match(await admin.ask('DELETE', `/api/admin/users/${encodeURIComponent(id)}/sessions`), { status: 200, body: { count: 1 } }, `${id.slice(0, 10)}… ${id.length}`)
  }
  for (const id of [long.slice(0, 256), long]) {
    t.match(await admin.ask('DELETE', `/api/admin/users/${id}/sessions`), { status: 400, body: { message: /userId/ } })
  }
  t.equal((await admin.ask('DELETE', `/api/admin/users/${long.slice(0, 150)}%00/sessions`)).status, 400)
  t.match(await ask(address, 'DELETE', `/api/admin/users/${long.slice(0, 150)}/sessions`), { status: 401, body: { code: 'SESSION_REQUIRED' } })
  t.match(await (await logIn(address)).ask('DELETE', `/api/admin/users/${long.slice(0, 150)}/sessions`), { status: 403, body: { code: 'SESSION_FORBIDDEN' } })
  t.equal((await admin.ask('GET', '/api/sessions/current')).status, 200)
})
