/** Every route that lists, over ten thousand and over a million rows: hardly slower; and a big answer holds nobody up. */
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import type { Test } from 'tap'
import { writeCursor } from '../../../src/session/cursor.ts'
import { openOffice, type Office } from '../../helpers/administration.ts'
import { startDemo } from '../../helpers/demo-process.ts'
import { SECRET } from '../../helpers/app.ts'
import { createDatabase, type TestDatabase } from '../../helpers/database.ts'
import { logIn, type Answer, type Device } from '../../helpers/device.ts'
import { ms, note, percentile, say } from './report.ts'

const FEW = 10_000
const SAMPLES = 200
const WARM_UP = 20
const MOST = 1.5
/** Below this many ms a difference says nothing about rows. */
const NOISE_MS = 0.3
const LISTS = 50
const LONGEST_BLOCK_MS = 20
const CHUNK = 100_000

/** The one whom all is about, the same in both databases. */
const ADA = { userId: 'ada@example.com', ip: '203.0.113.9', living: 40, ended: 5_000, events: 5_000 }

interface World extends Office {
  ada: Device
  /** Of the middle of everybody's sessions, of Ada's ended ones, and of her session's events. */
  deep: { all: string, ended: string, events: string, text: string }
}

export async function measureLists (t: Test, many: number): Promise<void> {
  const [small, large] = [await openWorld(t, FEW), await openWorld(t, many)]
  const ada = (path: (world: World) => string) => async (world: World): Promise<number> => (await world.ada.ask('GET', path(world))).status
  const admin = (path: (world: World) => string) => async (world: World): Promise<number> => (await world.admin.ask('GET', `/api/admin/sessions${path(world)}`)).status
  const routes: Record<string, (world: World) => Promise<number>> = {
    'own sessions': ada(() => '/api/sessions'),
    'own sessions, the ended ones too': ada(() => '/api/sessions?include=ended'),
    'own sessions, a page deep in the ended ones': ada(({ deep }) => `/api/sessions?include=ended&cursor=${deep.ended}`),
    'one own session': ada(({ ada }) => `/api/sessions/${ada.id}`),
    'all sessions': admin(() => ''),
    'all sessions, a page deep in them': admin(({ deep }) => `?cursor=${deep.all}`),
    'all sessions, 200 a page': admin(() => '?limit=200'),
    'by user': admin(() => `?userId=${ADA.userId}`),
    'by user and state': admin(() => `?userId=${ADA.userId}&status=revoked`),
    'by address': admin(() => `?ip=${ADA.ip}`),
    'by address, one that nobody has': admin(() => '?ip=203.0.113.10'),
    'by text, a part of a device\'s name': admin(() => '?q=fridge'),
    'by text, nothing has it': admin(() => '?q=nowhere-to-be-found'),
    'by text, a page deep in them': admin(({ deep }) => `?q=fridge&cursor=${deep.text}`),
    'by text, a whole user id': admin(() => `?q=${ADA.userId}`),
    'by state': admin(() => '?status=revoked'),
    'by state, rare': admin(() => '?status=expired'),
    'a session with its events': admin(({ ada }) => `/${ada.id}`),
    'a session, a page deep in its events': admin(({ ada, deep }) => `/${ada.id}?cursor=${deep.events}`)
  }
  for (const [name, list] of Object.entries(routes)) {
    const times: Array<[World, number[]]> = [[small, []], [large, []]]
    // In turns, so that whatever else the machine does falls on both.
    for (let sample = -WARM_UP; sample < SAMPLES; sample++) {
      for (const [world, taken] of times) {
        const began = performance.now()
        const status = await list(world)
        if (sample >= 0) taken.push(performance.now() - began)
        if (status !== 200) t.equal(status, 200, name)
      }
    }
    const [few, all] = times.map(([, taken]) => percentile(taken, 0.5)) as [number, number]
    t.ok(note({
      what: `list: ${name}, ${many.toLocaleString('en')} rows against ${FEW.toLocaleString('en')}`, measured: `${(all / few).toFixed(2)}× (median ${few.toFixed(2)} ms → ${all.toFixed(2)} ms)`, target: `≤ ${MOST}×`, met: all <= few * MOST + NOISE_MS
    }))
  }
  await measureBlock(t, large.database)
}

/** Of the event loop, in ms. */
interface Blocks {
  longest: number
  p99: number
  /** What the thread itself computed in one turn, but where the whole heap was collected. */
  own: number
}

/** In a process of its own: the loop is the server's alone. */
async function measureBlock (t: Test, database: TestDatabase): Promise<void> {
  const node = await startDemo(t, {
    DATABASE_URL: database.url, JWT_SECRET: SECRET, DEMO_OPEN_LOGIN: '1', NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, 'loop-watch.js')).href}`
  })
  const lines = createInterface({ input: node.process.stderr as Readable })
  const blocks = async (): Promise<Blocks> => {
    const told = once(lines, 'line')
    node.process.kill('SIGUSR2')
    const [line] = await told as [string]
    return JSON.parse(line.replace(/^loop /, '')) as Blocks
  }
  const ada = await logIn(node.address, ADA.userId)
  const listAll = async (path: string): Promise<number> => {
    let rows = 0
    for (let cursor: string | undefined = ''; cursor !== undefined;) {
      const { status, body, headers }: Answer<unknown[]> = await ada.ask<unknown[]>('GET', `${path}${cursor}`)
      if (status !== 200) throw new Error(`${status}`)
      rows += body.length
      cursor = /[?&](cursor=[^&>]+)/.exec(headers.get('link') ?? '')?.[1]
    }
    return rows
  }
  const listMany = async (path: string): Promise<number> => (await Promise.all(Array.from({ length: LISTS }, () => listAll(path)))).reduce((sum, each) => sum + each, 0)
  await listMany('/api/sessions?include=ended&')
  await blocks()
  for (let round = 0; round < 20; round++) await listMany('/api/sessions?')
  const calm = await blocks()
  const rows = await listMany('/api/sessions?include=ended&')
  const { longest, p99, own } = await blocks()
  t.ok(rows >= LISTS * ADA.ended)
  t.ok(note({
    what: `a user with ${ADA.ended.toLocaleString('en')} ended sessions listed ${LISTS} times at once, all pages (${rows.toLocaleString('en')} rows): longest turn of the event loop, in time on the processor`,
    measured: `${own <= 10 ? '≤ ' : ''}${ms(own)}; by the clock, with whole collections of garbage and other processes' turns, ${ms(longest)}, 99th percentile ${ms(p99)} (${ms(calm.longest)} and ${ms(calm.p99)} when the living ones alone are listed)`,
    target: `≤ ${LONGEST_BLOCK_MS} ms`,
    met: own <= LONGEST_BLOCK_MS
  }))
}

async function openWorld (t: Test, rows: number): Promise<World> {
  const database = await createDatabase(t)
  await database.query('alter table live_session disable trigger user')
  for (let done = 0; done < rows; done += CHUNK) {
    await insertCrowd(database, done, Math.min(done + CHUNK, rows))
    say(`${Math.min(done + CHUNK, rows)} sessions of others written`)
  }
  await insertAda(database)
  await database.query('insert into live_session_address (session_id, ip, created_at) select id, ip_address, created_at from live_session')
  await database.query("insert into live_session_event (type, user_id, session_id, at) select 'opened', user_id, id, created_at from live_session")
  await database.query('alter table live_session enable trigger user')
  await database.query('vacuum analyze')
  const office = await openOffice(t, { database, options: { login: { verify: ({ body }) => ({ id: body.email }), failuresPerMinute: 0 }, cleanup: { enabled: false } } })
  const ada = await logIn(office.address, ADA.userId)
  await database.query("insert into live_session_event (type, user_id, session_id, at) select 'renamed', $1, $2, now() + n * interval '1 second' from generate_series(1, $3) n", [ADA.userId, ada.id, ADA.events])
  await database.query('analyze live_session_event')
  return { ...office, ada, deep: await deepCursors(database, ada.id) }
}

const INSERT = `insert into live_session (id, user_id, client_id, device_id, device_name, device_type, browser_name, browser_version, os_name, os_version, user_agent,
    ip_address, addresses, created_at, last_activity_at, expires_at, revoked_at, revoked_reason, revoked_by, revoked_xid, revoked_event_id)
  select gen_random_uuid(), user_id, 'web', gen_random_uuid()::text, device, 'desktop', 'Chrome', '140.0.0.0', 'Windows', '10',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    ip, jsonb_build_array(jsonb_build_object('ip', ip, 'at', created_at)), created_at, now() - interval '1 hour', now() + interval '20 days',
    ended, case when ended is not null then 'logout' end, case when ended is not null then user_id end, case when ended is not null then '3'::xid8 end, case when ended is not null then gen_random_uuid() end
  from`

/** Users with three sessions each, two in five ended, over the last eighty days. */
async function insertCrowd ({ query }: TestDatabase, from: number, to: number): Promise<void> {
  await query(`${INSERT} (select 'user-' || n / 3 as user_id, case when n % 100 = 0 then 'Fridge in the kitchen' else 'Chrome on Windows' end as device,
    '10.' || n % 200 || '.' || n / 200 % 200 || '.' || n % 7 as ip, at as created_at, case when n % 5 < 2 then at + interval '1 minute' end as ended
    from (select n, now() - interval '1 minute' - random() * interval '80 days' as at from generate_series($1::int + 1, $2::int) n) as each) as crowd`, [from, to])
}

async function insertAda ({ query }: TestDatabase): Promise<void> {
  await query(`${INSERT} (select $1 as user_id, 'Chrome on Windows' as device, case when n <= 60 then $2 else '192.0.2.1' end as ip, at as created_at,
    case when n > $3 then at + interval '1 minute' end as ended
    from (select n, now() - interval '1 minute' - random() * interval '80 days' as at from generate_series(1, $3::int + $4::int) n) as each) as hers`, [ADA.userId, ADA.ip, ADA.living - 1, ADA.ended])
}

async function deepCursors ({ query }: TestDatabase, sessionId: string): Promise<World['deep']> {
  const at = async (list: string, column: string, from: string, values: unknown[]): Promise<string> => {
    const [row] = await query<{ micros: string, id: string }>(`
      select (extract(epoch from ${column}) * 1000000)::bigint::text as micros, id from ${from} order by ${column} desc, id desc offset (select count(*) / 2 from ${from}) limit 1`, values)
    return writeCursor({ list, ...row as { micros: string, id: string } })
  }
  return {
    all: await at('all', 'created_at', 'live_session', []),
    text: await at('all', 'created_at', 'live_session', []),
    ended: await at('ended', 'revoked_at', '(select * from live_session where user_id = $1 and revoked_at is not null) as hers', [ADA.userId]),
    events: await at('events', 'at', '(select * from live_session_event where session_id = $1) as its', [sessionId])
  }
}
