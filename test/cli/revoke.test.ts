/** `revoke` and `revoke-user`: live for the device, confirmed by every node, from a process that is no node; a dry run touches nothing. */
import t, { type Test } from 'tap'
import type { RevocationReport } from '../../src/protocol.ts'
import { buildApp, SECRET, type TestApp } from '../helpers/app.ts'
import { createDatabase, type TestDatabase } from '../helpers/database.ts'
import { logIn } from '../helpers/device.ts'
import { randomPrefix, redisUrl } from '../helpers/redis.ts'
import { connectTo, lockAwaited } from '../helpers/session-rows.ts'
import { parsed, runCommand } from '../helpers/command-line.ts'

const NEVER_MS = 3_600_000

interface World { database: TestDatabase, a: TestApp, b: TestApp, env: Record<string, string> }

/** Two nodes over one database, and what a command needs to reach them. */
async function twoNodes (t: Test, { redis = false } = {}): Promise<World> {
  const database = await createDatabase(t)
  const bus = redis ? { redis: await redisUrl(), redisPrefix: randomPrefix() } : {}
  // On a slow machine a batch of activity would change the rows meanwhile, which is not the command's doing.
  const options = { ...bus, activityIntervalMs: NEVER_MS }
  const [a, b] = await Promise.all([buildApp(t, { database, options }), buildApp(t, { database, options })])
  return { database, a, b, env: { DATABASE_URL: database.url, ...(redis ? { REDIS_URL: await redisUrl(), JWT_SECRET: SECRET, PREFIX: bus.redisPrefix ?? '' } : {}) } }
}

t.test('revoke <id> logs the device out live on both nodes, and is confirmed by them through their rows', async (t) => {
  const { a, b, env, database } = await twoNodes(t)
  const phone = await logIn(a.address)
  const laptop = await logIn(b.address)
  const sockets = [await phone.connect(a.address), await phone.connect(b.address)]
  t.equal((await phone.ask('GET', '/api/sessions/current', { at: b.address })).status, 200)

  const ended = await runCommand(['revoke', phone.id, '--json', '--by', 'ops'], env, { asBuilt: true })
  // From here on no node accepts it: the command said so.
  for (const at of [a.address, b.address]) t.match(await phone.ask('GET', '/api/sessions/current', { at }), { status: 401, body: { code: 'SESSION_REVOKED', reason: 'revoked_by_admin' } })
  t.match({ ...ended, stdout: parsed(ended) }, { code: 0, stderr: '', stdout: { count: 1, revoked: [phone.id], confirmed: true, nodes: { acknowledged: 2, lapsed: 0 } } })
  for (const socket of sockets) {
    t.match(await socket.next('logout'), { sessionId: phone.id, reason: 'revoked_by_admin' })
    t.match(await socket.closed, { code: 4401 })
  }
  t.match(await database.query("select reason, by from live_session_event where type = 'ended'"), [{ reason: 'revoked_by_admin', by: 'ops' }])
  t.equal((await laptop.ask('GET', '/api/sessions/current')).status, 200, 'nobody else')

  const again = await runCommand(['revoke', phone.id], env)
  t.match(again, { code: 0, stdout: /Nothing was left to end\. Confirmed/ }, 'a repeat is safe')
})

t.test('with Redis and the secret the nodes are woken, and their sockets are counted', async (t) => {
  const { a, env } = await twoNodes(t, { redis: true })
  const phone = await logIn(a.address)
  const socket = await phone.connect()
  const ended = await runCommand(['revoke', phone.id, '--json', '--redis-prefix', env['PREFIX'] ?? ''], env, { asBuilt: true })
  t.match({ ...ended, stdout: parsed(ended) }, { code: 0, stdout: { count: 1, nodes: { acknowledged: 2, lapsed: 0 }, sockets: { notified: 1 } } })
  t.match(await socket.next('logout'), { sessionId: phone.id })

  const deaf = await runCommand(['revoke-user', phone.userId], { ...env, REDIS_URL: 'redis://127.0.0.1:1' })
  t.match(deaf, { code: 0, stdout: /Redis does not answer; the nodes notice by themselves/ }, 'without it, it only takes longer')
})

t.test('an id that nobody has is a failure, an unknown user is not', async (t) => {
  const { url } = await createDatabase(t)
  t.match(await runCommand(['revoke', '0b7c0000-0000-4000-8000-000000000000', '--url', url]), { code: 1, stderr: /^There is no session 0b7c.* → list --user <id>/ })
  t.match(await runCommand(['revoke-user', 'nobody', '--url', url], {}, { asBuilt: true }), { code: 0, stdout: /Nothing was left to end/ })
})

t.test('revoke --filter: the dry run only counts; then it ends those that match, live, and nobody else', async (t) => {
  const { a, b, env, database } = await twoNodes(t)
  const devices = await Promise.all([logIn(a.address, 'ada'), logIn(b.address, 'ada'), logIn(a.address, 'bob')])
  const [phone, laptop, other] = devices
  const sockets = await Promise.all([phone.connect(), laptop.connect()])
  // Activity is written by the nodes meanwhile.
  const rows = 'select id, device_name, expires_at, revoked_at, revoked_reason, revoked_xid from live_session order by id'
  const before = await database.query(rows)

  const [{ device_type: deviceType } = { device_type: '' }] = await database.query<{ device_type: string }>('select distinct device_type from live_session')
  const dry = await runCommand(['revoke', '--filter', 'userId=ada', '--filter', `deviceType=${deviceType}`, '--dry-run', '--json'], env)
  t.match({ ...dry, stdout: parsed(dry) }, { code: 0, stdout: { dryRun: true, count: 2 } })
  t.match(await runCommand(['revoke', '--filter', 'userId=ada', '--filter', 'deviceType=tv', '--dry-run'], env), { code: 0, stdout: /Would end 0 sessions where userId=ada and deviceType=tv/ })
  t.match(await runCommand(['revoke', '--all', '--dry-run'], env), { code: 0, stdout: /Would end 3 sessions of everybody\. Nothing has been ended\./ })
  t.same(await database.query(rows), before, 'touches nothing')
  t.same(await database.query("select * from live_session_event where type = 'ended'"), [])

  const ended = await runCommand(['revoke', '--filter', 'userId=ada', '--reason', 'reported_by_user'], env)
  for (const device of [phone, laptop]) {
    for (const at of [a.address, b.address]) t.match(await device.ask('GET', '/api/sessions/current', { at }), { status: 401, body: { reason: 'reported_by_user' } })
  }
  t.match(ended, { code: 0, stdout: /^Ending 2 sessions where userId=ada \(reported_by_user\) …\nEnded 2 sessions\. Confirmed after \d+ ms: no node accepts them any more \(2 nodes said so\)\.\n$/ })
  for (const socket of sockets) t.match(await socket.next('logout'), { reason: 'reported_by_user' })
  t.equal((await other.ask('GET', '/api/sessions/current')).status, 200)

  t.match(parsed(await runCommand(['revoke', '--all', '--json'], env)), { count: 1, revoked: [other.id] })
  t.equal((await other.ask('GET', '/api/sessions/current')).status, 401)
})

t.test('a session that only this machine would call idle is alive for the app, and is ended', async (t) => {
  const { a, env, database } = await twoNodes(t)
  const phone = await logIn(a.address)
  await database.query("update live_session set last_activity_at = now() - interval '40 days'")
  t.match(parsed(await runCommand(['revoke', '--filter', 'inactiveSince=2000-01-01', '--dry-run', '--json'], env)), { count: 0 })
  t.match(parsed(await runCommand(['revoke', '--all', '--json'], env)), { count: 1, revoked: [phone.id] })
})

t.test('revoke-user ends all but the exception', async (t) => {
  const { a, b, env } = await twoNodes(t)
  const [phone, laptop] = [await logIn(a.address), await logIn(b.address)]
  const [gone, kept] = [await phone.connect(), await laptop.connect()]
  const report = parsed<RevocationReport>(await runCommand(['revoke-user', phone.userId, '--except', laptop.id, '--reason', 'password_changed', '--json'], env))
  t.match(report, { count: 1, revoked: [phone.id], confirmed: true, nodes: { acknowledged: 2 } })
  t.match(await gone.next('logout'), { reason: 'password_changed' })
  t.equal((await laptop.ask('GET', '/api/sessions/current')).status, 200)
  t.equal(kept.ws.readyState, kept.ws.OPEN)
})

t.test('a node that says nothing is waited out, and counted as such', async (t) => {
  const database = await createDatabase(t)
  await database.query('insert into live_session_node (incarnation, applied) values (gen_random_uuid(), pg_current_snapshot())')
  await database.query(`insert into live_session (id, user_id, device_name, device_type, user_agent, expires_at)
    values (gen_random_uuid(), 'ada', 'curl', 'cli', 'curl', now() + interval '1 hour')`)
  const report = parsed<RevocationReport>(await runCommand(['revoke', '--all', '--lease-ms', '1000', '--json', '--url', database.url]))
  t.match(report, { count: 1, confirmed: true, nodes: { acknowledged: 0, lapsed: 1 } })
  t.ok(report.waitedMs >= 1_000 * 1.1 / 0.9, `waited ${report.waitedMs} ms`)
})

t.test('while a lock is in the way nothing is said to be done', async (t) => {
  const { a, env, database } = await twoNodes(t)
  const phone = await logIn(a.address)
  const holder = await connectTo(t, database)
  await holder.query('begin')
  await holder.query('select from live_session where id = $1 for update', [phone.id])
  const ending = runCommand(['revoke', phone.id, '--json'], env)
  await lockAwaited(database)
  t.equal((await phone.ask('GET', '/api/sessions/current')).status, 200)
  await holder.query('commit')
  t.match(parsed(await ending), { count: 1, confirmed: true })
})

t.test('where only networks are kept, an address that is given whole ends nobody, and says what would', async (t) => {
  const database = await createDatabase(t)
  const options = { addresses: { precision: 'network' as const }, activityIntervalMs: NEVER_MS }
  const { address } = await buildApp(t, { database, options })
  const phone = await logIn(address)
  const env = { DATABASE_URL: database.url }
  t.match(await runCommand(['revoke', '--filter', 'ip=127.0.0.1'], env), { code: 1, stderr: /No session is of 127\.0\.0\.1.*→ .*--filter ip=127\.0\.0\.0/ })
  t.equal((await phone.ask('GET', '/api/sessions/current')).status, 200)
  t.match(await runCommand(['revoke', '--filter', 'ip=192.0.2.1'], env), { code: 0, stdout: /0 sessions/ }, 'nobody there at all')
  t.match(await runCommand(['revoke', '--filter', 'ip=127.0.0.0'], env), { code: 0 })
  t.equal((await phone.ask('GET', '/api/sessions/current')).status, 401)
})
