/** PostgreSQL takes no further connection: those that are open do, and only without any is it 503 (R32, A8). */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { until } from '../helpers/cluster.ts'
import { buildApp, PASSWORD } from '../helpers/app.ts'
import { createDatabase, type TestDatabase } from '../helpers/database.ts'
import { ask, logIn } from '../helpers/device.ts'
import { PAUSE_MS } from '../../src/database/connection-shortage.ts'
import { openDatabase } from '../../src/database/database.ts'
import { createOwnOrm } from '../../src/database/own-orm.ts'

/** A role that may have so many connections; a superuser's have no limit. */
async function limitedRole (t: Test, database: TestDatabase, connections: number) {
  const name = `live_sessions_limited_${randomBytes(6).toString('hex')}`
  await database.query(`create role ${name} login password 'limited' connection limit ${connections}`)
  await database.query(`grant usage on schema public to ${name}`)
  await database.query(`grant all on all tables in schema public to ${name}`)
  // Before the database goes: a role that still has rights there can't go.
  t.teardown(async () => {
    await database.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [name])
    await database.query(`drop owned by ${name}`)
    await database.query(`drop role ${name}`)
  })
  return { name, url: Object.assign(new URL(database.url), { username: name, password: 'limited' }).href }
}

t.test('with two connections where the pool wants eight, fifty lists and fifty logins at once are all served', async (t) => {
  const database = await createDatabase(t)
  // Two for the pool, and the renewal's own.
  const role = await limitedRole(t, database, 3)
  const { address } = await buildApp(t, { database, options: { database: { url: role.url, pool: { min: 0, max: 8 } } } })
  const device = await logIn(address)
  for (let round = 0; round < 2; round++) {
    const lists = Array.from({ length: 50 }, () => device.ask('GET', '/api/sessions'))
    const logins = Array.from({ length: 50 }, (_, index) => ask(address, 'POST', '/api/auth/login', { body: { email: `user-${round}-${index}`, password: PASSWORD } }))
    const statuses = (await Promise.all([...lists, ...logins])).map(({ status }) => status)
    t.same([...new Set(statuses)], [200])
  }
  const [count] = await database.query<{ n: number }>('select count(*)::int as n from pg_stat_activity where usename = $1', [role.name])
  t.ok((count?.n ?? 0) <= 3, 'the limit holds')
})

t.test('without any connection it is 503 for all who wait, soon; and well again with the first one', async (t) => {
  const database = await createDatabase(t)
  const role = await limitedRole(t, database, 10)
  const { address } = await buildApp(t, { database, options: { queryTimeoutMs: 60_000, database: { url: role.url, pool: { min: 0, max: 4 } } } })
  const device = await logIn(address)
  await database.query(`alter role ${role.name} connection limit 0`)
  await database.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [role.name])
  const begin = performance.now()
  const refused = await Promise.all(Array.from({ length: 40 }, () => device.ask('GET', '/api/sessions')))
  t.same([...new Set(refused.map(({ status }) => status))], [503])
  t.match(refused[0], { body: { code: 'SESSION_STORE_UNAVAILABLE' } })
  t.ok(performance.now() - begin < 30_000, 'none of them waited for its time to run out')
  await database.query(`alter role ${role.name} connection limit 2`)
  t.equal((await until(() => device.ask('GET', '/api/sessions'), ({ status }) => status === 200)).status, 200)
})

/** A way to PostgreSQL that counts who comes. */
async function countedWay (t: Test, url: string): Promise<{ url: string, connections: () => number }> {
  const target = new URL(url)
  let connections = 0
  const server = createServer((socket) => {
    connections++
    const other = connect(Number(target.port === '' ? 5432 : target.port), target.hostname)
    socket.pipe(other).pipe(socket)
    // Not destroyed: the last words that came still go out.
    for (const [one, two] of [[socket, other], [other, socket]] as const) one.on('error', () => {}).on('close', () => { two.end() })
  }).listen(0, '127.0.0.1')
  t.teardown(() => { server.close() })
  await once(server, 'listening')
  return { url: Object.assign(new URL(url), { hostname: '127.0.0.1', port: String((server.address() as AddressInfo).port) }).href, connections: () => connections }
}

t.test('while it is full, all who wait share one pause: PostgreSQL is asked as often for one as for a thousand', async (t) => {
  const test = await createDatabase(t)
  const role = await limitedRole(t, test, 2)
  const way = await countedWay(t, role.url)
  const max = 8
  const database = await openDatabase({ database: { url: way.url, pool: { min: 0, max } }, queryTimeoutMs: 30_000 })
  t.teardown(database.close)
  const began = performance.now()
  const hold = [database.sql('select pg_sleep(1)::text'), database.sql('select pg_sleep(1)::text')]
  const waiting: Array<Promise<unknown>> = []
  for (let round = 0; round < 50; round++) {
    waiting.push(...Array.from({ length: 20 }, () => database.sql('select 1 as one')))
    await database.sql('select 1 as one')
  }
  await Promise.all([...hold, ...waiting])
  const pauses = Math.ceil((performance.now() - began) / PAUSE_MS)
  t.ok(way.connections() <= max + pauses, `${way.connections()} attempts in ${pauses} pauses`)
  t.ok(way.connections() > 2, 'and it does ask')
})

t.test('while connections hang, others are opened: it is not full', async (t) => {
  const { url } = await createDatabase(t)
  const target = new URL(url)
  let swallows = true
  let hanging = 0
  const server = createServer((socket) => {
    socket.on('error', () => {})
    if (swallows) {
      hanging++
      // Only whoever reads is told of the end.
      socket.resume().on('close', () => { hanging-- })
      return
    }
    const other = connect(Number(target.port === '' ? 5432 : target.port), target.hostname)
    other.on('error', () => { socket.destroy() })
    socket.on('close', () => { other.destroy() })
    socket.pipe(other).pipe(socket)
  }).listen(0, '127.0.0.1')
  t.teardown(() => { server.close() })
  await once(server, 'listening')
  const port = String((server.address() as AddressInfo).port)
  const database = await openDatabase({ database: { url: Object.assign(new URL(url), { hostname: '127.0.0.1', port }).href, pool: { min: 0, max: 8 } }, queryTimeoutMs: 2_000 })
  t.teardown(database.close)
  const outcome = async (): Promise<string> => await database.sql('select 1 as one').then(() => 'answered', () => 'failed')
  const first = outcome()
  await delay(1_000)
  const second = outcome()
  t.equal(await first, 'failed')
  // Its attempt, too, has given up; the other one goes on.
  await until(async () => hanging, (left) => left === 1)
  swallows = false
  t.same(await Promise.all([outcome(), outcome()]), ['answered', 'answered'])
  t.ok(hanging > 0, 'before the other attempt has given up')
  await second
})

t.test('a pool of the app\'s own fails as the app has it', async (t) => {
  const { url } = await createDatabase(t)
  const orm = await createOwnOrm({ clientUrl: url })
  t.teardown(async () => { await orm.close(true) })
  const { client } = orm.em.getKnex('write') as unknown as { client: { acquireRawConnection: unknown, pool: { propagateCreateError: boolean } } }
  const before = client.acquireRawConnection
  await openDatabase({ database: { orm }, queryTimeoutMs: 1_000 })
  t.equal(client.pool.propagateCreateError, true)
  t.equal(client.acquireRawConnection, before)
})
