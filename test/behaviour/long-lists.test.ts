/** Long lists come in pages: nobody's answer is so long that it keeps others waiting (A6), and no table so long that a search gets slow (A12). */
import t, { type Test } from 'tap'
import type { Session } from '../../src/protocol.ts'
import { insertMany, openOffice, type AdminItem } from '../helpers/administration.ts'
import type { TestDatabase } from '../helpers/database.ts'
import { logIn, type Device } from '../helpers/device.ts'
import { until } from '../helpers/manual-clock.ts'
import { connectTo } from '../helpers/session-rows.ts'

async function insertFor ({ query }: TestDatabase, userId: string, count: number, ended: boolean): Promise<void> {
  await query(`insert into live_session (id, user_id, device_name, device_type, user_agent, created_at, last_activity_at, expires_at, revoked_at, revoked_reason)
    select gen_random_uuid(), $1, 'Device ' || n, 'desktop', '', now() - interval '2 days', now() - n * interval '1 second', now() + interval '1 day',
      case when $3 then now() - n / 3 * interval '1 minute' end, case when $3 then 'logout' end from generate_series(1, $2::int) n`, [userId, count, ended])
}

/** Follows `rel="next"` to the end. */
async function pagesOf (t: Test, device: Device, path: string): Promise<Session[][]> {
  const pages: Session[][] = []
  for (let next: string | null = path; next !== null;) {
    const { status, body, headers }: Awaited<ReturnType<typeof device.ask<Session[]>>> = await device.ask<Session[]>('GET', next)
    t.equal(status, 200)
    pages.push(body)
    const link = headers.get('link')
    next = link === null ? null : /^<([^>]+)>; rel="next"$/.exec(link)?.[1] ?? 'a link of another kind'
  }
  return pages
}

/** For the tests that ask by one user; each has one of its own. */
const { app, admin, address, database } = await openOffice(t)

t.test('of 450 ended sessions an answer holds 200, latest end first, and the Link header leads to all of them', async (t) => {
  const phone = await logIn(address, 'ended@example.com')
  await insertFor(database, phone.userId, 450, true)
  await insertFor(database, 'somebody', 10, true)
  const [first, ...rest] = await pagesOf(t, phone, '/api/sessions?include=ended')
  t.equal(first?.[0]?.id, phone.id, 'those that live come first')
  t.same([first?.length, ...rest.map(({ length }) => length)], [201, 200, 50])
  const ended = [first ?? [], ...rest].flat().slice(1)
  t.equal(new Set(ended.map(({ id }) => id)).size, 450)
  const order = ended.map(({ revokedAt }) => Date.parse(revokedAt ?? ''))
  t.same(order, [...order].sort((a, b) => b - a))
  t.equal((await phone.ask('GET', '/api/sessions')).headers.get('link'), null, 'the living ones are all there')
  for (const cursor of ['x', Buffer.from('["1","x","ended"]').toString('base64url')]) t.equal((await phone.ask('GET', `/api/sessions?cursor=${cursor}`)).status, 400)
})

t.test('of 600 living sessions an answer holds 500, and the Link header leads to the others', async (t) => {
  const phone = await logIn(address, 'living@example.com')
  await insertFor(database, phone.userId, 600, false)
  const pages = await pagesOf(t, phone, '/api/sessions')
  t.same(pages.map(({ length }) => length), [500, 101])
  t.equal(new Set(pages.flat().map(({ id }) => id)).size, 601)
  t.equal((await app.sessions.list(phone.userId)).length, 500)
  const { nextCursor } = await app.sessions.listPage(phone.userId)
  t.equal((await app.sessions.list(phone.userId, { cursor: nextCursor ?? undefined })).length, 101)
})

t.test('the administrator sees the newest 200 events of a session, and the others with the cursor', async (t) => {
  const phone = await logIn(address, 'events@example.com')
  await database.query(`insert into live_session_event (type, user_id, session_id, by, at)
    select 'renamed', $1, $2, $1, now() + n * interval '1 second' from generate_series(1, 300) n`, [phone.userId, phone.id])
  const path = `/api/admin/sessions/${phone.id}`
  type Look = { events: Array<{ id: string, at: string, type: string }>, nextCursor: string | null }
  const { body: first } = await admin.ask<Look>('GET', path)
  t.equal(first.events.length, 200)
  const { body: second } = await admin.ask<Look>('GET', `${path}?cursor=${first.nextCursor ?? ''}`)
  t.equal(second.events.length, 101)
  t.equal(second.nextCursor, null)
  t.equal(second.events.at(-1)?.type, 'opened')
  const times = [...first.events, ...second.events].map(({ at }) => Date.parse(at))
  t.same(times, [...times].sort((a, b) => b - a))
})

t.test('an address is found however old its session is, and where the session moved to; a user by his whole id, too', async (t) => {
  const { search, database } = await openOffice(t)
  await insertMany(database, 'old', 3)
  await database.query("update live_session set ip_address = '198.51.100.7', created_at = now() - interval '9 days' where user_id = 'old-2'")
  await insertMany(database, 'crowd', 2_500)
  const users = async (query: Record<string, string>): Promise<string[]> => (await search(query)).body.items.map(({ userId }) => userId)
  t.same(await users({ ip: '198.51.100.7' }), ['old-2'])
  t.same(await users({ q: 'old-2' }), ['old-2'])
  await database.query("update live_session set ip_address = '198.51.100.8' where user_id = 'old-2'")
  t.same(await users({ ip: '198.51.100.7' }), [])
  t.same(await users({ ip: '198.51.100.8' }), ['old-2'])
  await database.query('delete from live_session_event')
  await database.query("update live_session set expires_at = now() where user_id = 'old-2'")
  await database.query("delete from live_session where user_id = 'old-2'")
  t.same(await database.query("select * from live_session_address where ip = '198.51.100.8'"), [])
})

t.test('a text is looked for in 2,000 sessions a page, and page after page in all of them, each once', async (t) => {
  const { search, database } = await openOffice(t)
  await insertMany(database, 'crowd', 5_000)
  await database.query("update live_session set device_name = 'Rare', created_at = created_at - interval '1 day' where user_id in ('crowd-1', 'crowd-2', 'crowd-3')")
  await database.query("update live_session set device_name = 'Rare' where user_id = 'crowd-4'")
  const found: AdminItem[] = []
  let pages = 0
  for (let cursor: string | null = ''; cursor !== null; pages++) {
    const { body }: Awaited<ReturnType<typeof search>> = await search({ q: 'rare', limit: '2', ...(cursor === '' ? {} : { cursor }) })
    found.push(...body.items)
    cursor = body.nextCursor
  }
  t.same(found.map(({ userId }) => userId).sort(), ['crowd-1', 'crowd-2', 'crowd-3', 'crowd-4'])
  t.ok(pages >= 3 && pages <= 6, `${pages} pages`)
})

t.test('somebody who renames his devices all the time is asked to wait, and nobody else is', async (t) => {
  const [phone, other] = [await logIn(address, 'renames@example.com'), await logIn(address, 'other@example.com')]
  const rename = (device: Device): Promise<{ status: number, headers: Headers }> => device.ask('PATCH', `/api/sessions/${device.id}`, { body: { deviceName: 'Mine' } })
  const statuses: number[] = []
  for (let n = 0; n < 240; n++) statuses.push((await rename(phone)).status)
  t.same([...new Set(statuses)], [200])
  const refused = await rename(phone)
  t.match(refused, { status: 429, body: { code: 'SESSION_RATE_LIMITED' } })
  t.ok(Number(refused.headers.get('retry-after')) > 0)
  t.equal((await rename(other)).status, 200)
})

t.test('lists of one user come one after the other: asked for all at once they take neither the pool nor the node from others', async (t) => {
  const { admin, address, database } = await openOffice(t)
  const [greedy, other] = [await logIn(address, 'greedy'), await logIn(address, 'other')]
  const holder = await connectTo(t, database)
  await holder.query('begin; lock table live_session in access exclusive mode')
  const lists = Array.from({ length: 30 }, () => greedy.ask('GET', '/api/sessions?include=ended'))
  const searches = Array.from({ length: 30 }, () => admin.ask('GET', '/api/admin/sessions'))
  const waiting = async (): Promise<number> => {
    const rows = await database.query('select from pg_stat_activity where datname = current_database() and wait_event_type = \'Lock\' and query like \'%"deviceName"%\'')
    return rows.length
  }
  await until(async () => await waiting() >= 2)
  const others = other.ask('GET', '/api/sessions')
  await until(async () => await waiting() >= 3)
  t.equal(await waiting(), 3, 'one of each')
  await holder.query('commit')
  t.same([...new Set((await Promise.all([...lists, ...searches, others])).map(({ status }) => status))], [200])
})
