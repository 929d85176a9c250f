/** Cleanup: ends what is idle or expired, deletes what ended long ago, keeps the rest; on one node at a time, and not in vain when it is cut. */
import t from 'tap'
import type { CleanupProgress } from '../../src/session/cleanup-report.ts'
import { buildApp } from '../helpers/app.ts'
import { logIn } from '../helpers/device.ts'
import { census, DAY_MS, insertSessions, openNode, openNodes } from '../helpers/cleanup-nodes.ts'

t.test('idle and expired sessions end with their event; ended ones are kept for the retention time, then deleted', async (t) => {
  const { nodes: [node], test } = await openNodes(t, 1)
  await insertSessions(test, 'alive', 3, { activeDaysAgo: 29 })
  await insertSessions(test, 'idle', 2, { activeDaysAgo: 31 })
  await insertSessions(test, 'expired', 4, { expiresInDays: -1 })
  await insertSessions(test, 'young', 5, { endedDaysAgo: 89 })
  await insertSessions(test, 'old', 6, { endedDaysAgo: 91, activeDaysAgo: 91 })
  await test.query("delete from live_session_event where session_id in (select id from live_session where user_id = 'young')")
  await test.query("update live_session_event set at = now() - interval '91 days'")
  t.same(await node?.cleanup.run(), { ended: 6, deleted: 6, eventsDeleted: 6, addressesForgotten: 0, ran: true })
  t.same(await census(test), { alive: '3/0', expired: '0/4', idle: '0/2', young: '0/5' })
  t.same(await test.query("select user_id, reason, by, count(*)::int from live_session_event where type = 'ended' group by 1, 2, 3 order by 1"), [
    { user_id: 'expired', reason: 'expired', by: 'system', count: 4 }, { user_id: 'idle', reason: 'idle_timeout', by: 'system', count: 2 }
  ])
  t.same(node?.applied.map(({ reason }) => reason).sort(), ['expired', 'expired', 'expired', 'expired', 'idle_timeout', 'idle_timeout'])
  t.same(await node?.cleanup.run(), { ended: 0, deleted: 0, eventsDeleted: 0, addressesForgotten: 0, ran: true }, 'again there is nothing to do')
})

t.test('inactiveMs ends sessions earlier than the idle timeout does', async (t) => {
  const { nodes: [node], test } = await openNodes(t, 1, { inactiveMs: 7 * DAY_MS })
  await insertSessions(test, 'quiet', 2, { activeDaysAgo: 8 })
  await insertSessions(test, 'busy', 2, { activeDaysAgo: 6 })
  t.match(await node?.cleanup.run(), { ended: 2 })
  t.same(await census(test), { busy: '2/0', quiet: '0/2' })
})

t.test('of four nodes that start at once over many pages, one goes through, and every session ends once', async (t) => {
  const { nodes, test } = await openNodes(t, 4)
  await insertSessions(test, 'idle', 12_000, { activeDaysAgo: 31 })
  const reports = await Promise.all(nodes.map(({ cleanup }) => cleanup.run()))
  t.equal(reports.filter(({ ran }) => ran).length, 1)
  t.equal(reports.reduce((sum, { ended }) => sum + ended, 0), 12_000)
  t.same(await census(test), { idle: '0/12000' })
  t.match(await test.query("select count(*)::int, count(distinct session_id)::int as sessions from live_session_event where type = 'ended'"), [{ count: 12_000, sessions: 12_000 }])
})

t.test('a node gives up where another one is cleaning up, and touches nothing', async (t) => {
  const { nodes: [node], test } = await openNodes(t, 1)
  await insertSessions(test, 'idle', 1, { activeDaysAgo: 31 })
  const other = await openNode(t, test)
  await other.database.transaction(async (sql) => {
    await sql('select pg_advisory_xact_lock(5184471213)')
    t.same(await node?.cleanup.run(), { ended: 0, deleted: 0, eventsDeleted: 0, addressesForgotten: 0, ran: false })
  })
  t.same(await census(test), { idle: '1/0' })
  t.match(await node?.cleanup.run(), { ended: 1, ran: true })
})

t.test('killed midway it leaves whole pages behind, and the next run does the rest', async (t) => {
  const { nodes: [node], test } = await openNodes(t, 1)
  if (node === undefined) return
  await insertSessions(test, 'idle', 3_500, { activeDaysAgo: 31 })
  const killed = node.cleanup.run(({ looked }) => { if (looked === 2_000) throw new Error('killed') })
  await t.rejects(killed, { message: 'killed' })
  t.same(await census(test), { idle: '1500/2000' })
  const seen: CleanupProgress[] = []
  const other = await openNode(t, test)
  t.match(await other.cleanup.run((progress) => { seen.push(progress) }), { ended: 1_500, ran: true })
  t.same(await census(test), { idle: '0/3500' })
  t.same(seen.filter(({ table }) => table === 'sessions').map(({ looked }) => looked), [1_000, 2_000, 3_000, 3_500], 'it says how far it is')
  t.equal(seen.at(-1)?.table, 'events')
})

t.test('a row that somebody else holds is left for the next run, not waited for', async (t) => {
  const { nodes: [node], test } = await openNodes(t, 1)
  await insertSessions(test, 'idle', 2, { activeDaysAgo: 31 })
  const other = await openNode(t, test)
  await other.database.transaction(async (sql) => {
    await sql('select id from live_session order by id limit 1 for update')
    t.match(await node?.cleanup.run(), { ended: 1 })
  })
  t.match(await node?.cleanup.run(), { ended: 1 })
})

t.test('the sockets of a session that is cleaned up hear it, on every node, with its reason', async (t) => {
  const { app, address, database } = await buildApp(t)
  const other = await buildApp(t, { database })
  const [here, there] = [await logIn(address), await logIn(address)]
  const sockets = [await here.connect(), await there.connect(other.address)]
  await database.query("update live_session set last_activity_at = now() - interval '31 days'")
  t.match(await app.sessions.cleanup(), { ended: 2, ran: true })
  for (const socket of sockets) {
    t.match(await socket.next('logout'), { reason: 'idle_timeout' })
    t.match(await socket.closed, { code: 4401 })
  }
  t.match(await here.ask('GET', '/api/sessions/current'), { status: 401, body: { code: 'SESSION_EXPIRED', reason: 'idle_timeout' } })
})

t.test('addresses are forgotten after their time, in every table; younger ones, and all else, stay', async (t) => {
  const { nodes: [node], test } = await openNodes(t, 1, { addressRetentionMs: 7 * DAY_MS })
  const seen = (daysAgo: number): string => new Date(Date.now() - daysAgo * DAY_MS).toISOString()
  const [fresh, old] = [{ ip: '192.0.2.1', at: seen(6) }, { ip: '198.51.100.1', at: seen(8) }]
  await insertSessions(test, 'in use', 1)
  await insertSessions(test, 'quiet', 1)
  await insertSessions(test, 'no list', 1)
  await insertSessions(test, 'ended', 1, { endedDaysAgo: 8 })
  await test.query("update live_session set ip_address = '192.0.2.1', addresses = $1 where user_id = 'in use'", [JSON.stringify([fresh, old])])
  await test.query("update live_session set ip_address = '198.51.100.1', addresses = $1, location = '{\"countryCode\": \"GB\"}' where user_id = 'quiet'", [JSON.stringify([old])])
  await test.query("update live_session set ip_address = '198.51.100.2' where user_id = 'no list'")
  await test.query("update live_session set revoked_from = '198.51.100.1' where user_id = 'ended'")
  await test.query('delete from live_session_event')
  const judged = { decision: 'allow', score: 30, reasons: [{ reason: 'new_address', network: '198.51.100.1' }, { reason: 'new_device', deviceName: 'd' }] }
  for (const daysAgo of [6, 8]) {
    const at = seen(daysAgo)
    await test.query("insert into live_session_event (at, type, user_id, ip_address, details) values ($1, 'assessed', 'ann', '198.51.100.1', $2), ($1, 'opened', 'ann', null, null)", [at, JSON.stringify(judged)])
    const content = { session: { deviceName: 'd', ipAddress: '198.51.100.1' }, method: null, reasons: judged.reasons, ended: 0, ipAddress: '198.51.100.1' }
    await test.query("insert into live_session_notice (kind, user_id, content, created_at) values ('suspicious', 'ann', $2, $1), ('sessions_ended', 'ann', $3, $1)",
      [at, JSON.stringify(content), JSON.stringify({ session: null, method: null, reasons: [], ended: 2, ipAddress: null })])
  }
  await test.query("insert into live_session_device (user_id, device_id, networks, countries) select 'ann', 'device ' || n, $1, '[\"DE\"]' from generate_series(1, 1500) n",
    [JSON.stringify([{ network: '192.0.2.1', at: seen(6) }, { network: '198.51.100.1', at: seen(8) }])])

  const tables: string[] = []
  t.match(await node?.cleanup.run(({ table }) => { tables.push(table) }), { ended: 0, deleted: 0, eventsDeleted: 0, addressesForgotten: 4 + 1 + 1500 + 1, ran: true })
  t.same(tables, ['sessions', 'events', 'devices', 'devices', 'notices'])
  t.same(await test.query("select user_id, ip_address, jsonb_path_query_array(addresses, '$[*].ip') as addresses, revoked_from, location->>'countryCode' as country from live_session order by user_id"), [
    { user_id: 'ended', ip_address: null, addresses: [], revoked_from: null, country: null },
    { user_id: 'in use', ip_address: '192.0.2.1', addresses: ['192.0.2.1'], revoked_from: null, country: null },
    { user_id: 'no list', ip_address: null, addresses: [], revoked_from: null, country: null },
    { user_id: 'quiet', ip_address: null, addresses: [], revoked_from: null, country: 'GB' }
  ])
  t.same(await test.query('select ip from live_session_address'), [{ ip: '192.0.2.1' }], 'and what administrators search by')
  t.match(await test.query("select ip_address, details from live_session_event where type = 'assessed' order by at desc"), [
    { ip_address: '198.51.100.1', details: judged },
    { ip_address: null, details: { ...judged, reasons: [{ reason: 'new_address', network: null }, judged.reasons[1]] } }
  ])
  t.match(await test.query("select content from live_session_notice where kind = 'suspicious' order by created_at desc"), [
    { content: { ipAddress: '198.51.100.1', session: { deviceName: 'd', ipAddress: '198.51.100.1' }, reasons: judged.reasons } },
    { content: { ipAddress: null, session: { deviceName: 'd', ipAddress: null }, reasons: [{ network: null }, judged.reasons[1]], ended: 0, method: null } }
  ])
  t.match(await test.query("select content from live_session_notice where kind = 'sessions_ended'"), [{ content: { session: null, ended: 2 } }, { content: { session: null, ended: 2 } }])
  t.same(await test.query("select distinct jsonb_path_query_array(networks, '$[*].network') as networks, countries from live_session_device"), [{ networks: ['192.0.2.1'], countries: ['DE'] }])
  t.match(await node?.cleanup.run(), { addressesForgotten: 0, ran: true }, 'once')
})

t.test('without a time of their own addresses are as old as their rows may be', async (t) => {
  const { nodes: [node], test } = await openNodes(t, 1)
  await insertSessions(test, 'old', 1, { activeDaysAgo: 29 })
  await test.query("update live_session set ip_address = '192.0.2.1', addresses = '[{\"ip\": \"192.0.2.1\", \"at\": \"2001-01-01T00:00:00Z\"}]'")
  t.match(await node?.cleanup.run(), { addressesForgotten: 0 })
  t.match(await test.query('select ip_address from live_session'), [{ ip_address: '192.0.2.1' }])
})
