/** `cleanup`: what is idle ends, what ended long ago goes, live on the nodes, one process at a time. */
import t from 'tap'
import { until } from '../helpers/cluster.ts'
import { buildApp } from '../helpers/app.ts'
import { logIn } from '../helpers/device.ts'
import { connectTo } from '../helpers/session-rows.ts'
import { parsed, runCommand } from '../helpers/command-line.ts'

t.test('ends the idle, deletes the old, and says how many; a device that was idle is logged out live', async (t) => {
  // The node lets sessions be idle for longer than the command does, and writes no activity meanwhile.
  const { address, database: { url, query } } = await buildApp(t, { options: { idleTimeoutMs: 90 * 86_400_000, activityIntervalMs: 3_600_000, socket: { countsAsActivity: false } } })
  const [idle, busy, old] = [await logIn(address), await logIn(address), await logIn(address)]
  const socket = await idle.connect()
  await old.ask('POST', '/api/auth/logout')
  await query("update live_session set revoked_at = now() - interval '100 days' where id = $1", [old.id])
  await query("update live_session set last_activity_at = now() - interval '40 days' where id = $1", [idle.id])
  // Nothing is deleted of which the node has not heard with a renewal.
  await until(async () => await query('select live_session_applied(revoked_xid) as known from live_session where id = $1', [old.id]), ([row]) => row?.['known'] === true)

  t.match(parsed(await runCommand(['cleanup', '--inactive-days', '41', '--retention-days', '101', '--json', '--url', url])), { ended: 0, deleted: 0, eventsDeleted: 0, ran: true })
  const done = await runCommand(['cleanup', '--url', url], {}, { asBuilt: true })
  t.match(done, { code: 0, stdout: /idle for 30 days, deleting what ended 90 days ago …\nDone: 1 session ended, 1 session and 0 events deleted\.\n$/ })
  t.match(await socket.next('logout'), { sessionId: idle.id, reason: 'idle_timeout' })
  t.same((await query('select id from live_session order by id')).map((row) => row['id'] as string), [idle.id, busy.id].sort())
  t.equal((await busy.ask('GET', '/api/sessions/current')).status, 200)
})

t.test('while another process cleans up it does nothing, and says so', async (t) => {
  const { database } = await buildApp(t)
  const other = await connectTo(t, database)
  await other.query('begin')
  await other.query('select pg_advisory_xact_lock(5184471213)')
  t.match(await runCommand(['cleanup', '--url', database.url]), { code: 0, stdout: /Nothing done: another process is cleaning up/ })
  await other.query('rollback')
})
