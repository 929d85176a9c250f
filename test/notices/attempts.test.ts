/** Attempts to send a notice: one whose time is over sends nothing more, and one that hangs holds up nothing else. */
import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import type { Notice } from '../../plugins/index.ts'
import { createAskApp } from '../../src/app/callbacks.ts'
import type { Sql } from '../../src/database/sql.ts'
import { openNotices, type Notices } from '../../src/notices/notices.ts'
import { outboxQueries } from '../../src/notices/outbox-queries.ts'
import { resolveKeys } from '../../src/options/keys.ts'
import { resolveNotify, type NotifyOptions } from '../../src/options/notify.ts'
import { SECRET } from '../helpers/app.ts'
import { createDatabase, type TestDatabase } from '../helpers/database.ts'
import { createManualClock, until, type ManualClock } from '../helpers/manual-clock.ts'

const DAY_MS = 86_400_000
const NOTHING = { session: null, method: null, reasons: [], ended: 0, ipAddress: null }

/** Something that the test lets happen. */
function gate (): { opened: Promise<void>, open: () => void } {
  let open = (): void => {}
  return { opened: new Promise<void>((resolve) => { open = resolve }), open: () => { open() } }
}

interface Outbox {
  database: TestDatabase
  clock: ManualClock
  notices: Notices
  /** A notice that is due. */
  leave: (userId: string) => Promise<string>
  rowOf: (id: string) => Promise<Record<string, unknown>>
}

const sqlOf = (database: TestDatabase): Sql => async (text, values) => await database.query(text, values) as never

/** A node's outbox, whose time is in the test's hand. */
async function openOutbox (t: Test, notify: NotifyOptions, retentionMs: number | null = DAY_MS, around = (sql: Sql) => sql): Promise<Outbox> {
  const database = await createDatabase(t)
  const clock = createManualClock()
  const notices = await openNotices({
    notify: resolveNotify({ origin: 'https://shop.example', recipient: (userId) => ({ address: userId as string }), ...notify }) as NonNullable<ReturnType<typeof resolveNotify>>,
    keys: resolveKeys(SECRET),
    sql: around(sqlOf(database)),
    schema: undefined,
    routesPath: '/api',
    askApp: createAskApp(() => {}),
    clock,
    retentionMs,
    onGivenUp () {},
    onRetry () {},
    onError (error) { t.fail('an error', { error }) }
  })
  // A mail that is out is still noted, and the next notice looked for: the database goes after that.
  t.teardown(async () => { await notices.close() })
  return {
    database,
    clock,
    notices,
    async leave (userId) {
      const id = randomUUID()
      await database.query("insert into live_session_notice (id, kind, user_id, content, due_at) values ($1, 'password_changed', $2, $3, now())", [id, userId, JSON.stringify(NOTHING)])
      return id
    },
    rowOf: async (id) => (await database.query('select *, due_at > now() as later from live_session_notice where id = $1', [id]))[0] ?? {}
  }
}

t.test('a mail that took longer than its attempt is one mail, and nothing else is sent by that attempt', async (t) => {
  const slow = gate()
  const mails: unknown[] = []
  const sent: Notice[] = []
  const { clock, notices, leave, rowOf, database } = await openOutbox(t, {
    mail: {
      from: 'security@shop.example',
      transport: {
        async sendMail (mail) {
          mails.push(mail)
          await slow.opened
        }
      }
    },
    send (notice) { sent.push(notice) }
  })
  const id = await leave('anna@example.com')
  notices.outbox.wake()
  await until(() => mails.length === 1)
  clock.advance(46_000)
  await until(async () => (await rowOf(id))['error'] !== null)
  t.match(await rowOf(id), { outcome: null, later: true, error: /no answer within 45 s/ })
  slow.open()
  await until(async () => (await rowOf(id))['mailed_at'] !== null)
  t.same(sent, [], 'what comes next is the next attempt\'s')
  await database.query('update live_session_notice set due_at = now()')
  notices.outbox.wake()
  await until(async () => (await rowOf(id))['outcome'] === 'sent')
  t.equal(mails.length, 1)
  t.equal(sent.length, 1)
})

t.test('a template that answers when the attempt is over sends no mail', async (t) => {
  const mails: unknown[] = []
  const { clock, notices, leave, rowOf } = await openOutbox(t, {
    mail: {
      from: 'security@shop.example',
      transport: { async sendMail (mail) { mails.push(mail) } },
      // A process that stood still: its timers come after what it was about to do.
      template (_notice, standard) {
        standing = true
        return standard
      }
    }
  })
  let standing = false
  const { monotonic } = clock
  clock.monotonic = () => monotonic() + (standing ? 61_000 : 0)
  const id = await leave('anna@example.com')
  notices.outbox.wake()
  await until(async () => (await rowOf(id))['error'] !== null)
  t.match(await rowOf(id), { outcome: null, error: /took too long/ })
  t.same(mails, [])
})

t.test('an attempt decides nothing once another one has begun', async (t) => {
  const { database, leave, rowOf } = await openOutbox(t, { send () {} })
  const queries = outboxQueries(sqlOf(database), { schema: undefined })
  const id = await leave('anna@example.com')
  const [first] = await queries.claim(1, 0)
  const [second] = await queries.claim(1, 60_000)
  t.match([first, second], [{ id, attempts: 1 }, { id, attempts: 2 }])
  if (first === undefined || second === undefined) return
  t.equal(await queries.retry(first, 0, 'late'), false)
  t.equal(await queries.finish(first, 'given_up', 'late'), false)
  t.match(await rowOf(id), { outcome: null, error: null, later: true })
  t.equal(await queries.finish(second, 'sent', null), true)
  t.equal(await queries.retry(second, 0, 'late'), false, 'nor when it is decided')
  t.match(await rowOf(id), { outcome: 'sent', due_at: null })
})

for (const hanging of ['recipient', 'send'] as const) {
  t.test(`a "${hanging}" that never answers holds up no other notice, and has failed soon`, async (t) => {
    const sent: unknown[] = []
    const hang = async (userId: unknown): Promise<void> => { if (userId === 'hanging@example.com') await new Promise<never>(() => {}) }
    const { clock, notices, leave, rowOf } = await openOutbox(t, {
      async recipient (userId) {
        if (hanging === 'recipient') await hang(userId)
        return { address: userId as string }
      },
      async send ({ userId }) {
        if (hanging === 'send') await hang(userId)
        sent.push(userId)
      }
    })
    const id = await leave('hanging@example.com')
    for (let user = 0; user < 30; user++) await leave(`user-${user}@example.com`)
    notices.outbox.wake()
    // No time passes.
    await until(() => sent.length === 30)
    t.match(await rowOf(id), { error: null, outcome: null })
    clock.advance(10_000)
    await until(async () => (await rowOf(id))['error'] !== null)
    t.match(await rowOf(id), { outcome: null, attempts: 1, later: true })
  })
}

for (const [work, held] of [
  ['for what it was about to take', [/skip locked\)\s+update/, /outcome = \$3/]],
  ['for the deletion of what is old', [/delete from/]]
] as const) {
  t.test(`a node that closes waits ${work}`, async (t) => {
    const answers = held.map((statement) => ({ statement, asked: false, ...gate() }))
    const { clock, notices, leave, rowOf, database } = await openOutbox(t, { send () {} }, DAY_MS, (sql) => async (text, values) => {
      const rows = await sql(text, values) as never
      const answer = answers.find(({ statement }) => statement.test(text))
      if (answer !== undefined) {
        answer.asked = true
        await answer.opened
      }
      return rows
    })
    const id = await leave('anna@example.com')
    notices.outbox.start()
    clock.advance(1_000)
    await until(() => answers[0]?.asked === true)
    let closed = false
    const closing = notices.close().then(() => { closed = true })
    for (const answer of answers) {
      await until(() => answer.asked)
      await database.query('select')
      t.equal(closed, false)
      answer.open()
    }
    await closing
    t.match(await rowOf(id), { outcome: 'sent' })
  })
}

t.test('what is old goes in pages until nothing is left, but no row whose link works, and none of today', async (t) => {
  const { database, clock, notices } = await openOutbox(t, { send () {}, linkMs: 3 * DAY_MS }, 1_000)
  await database.query(`insert into live_session_notice (kind, user_id, content, created_at, outcome)
    select 'password_changed', 'old', $1, now() - interval '4 days', 'sent' from generate_series(1, 2500)`, [JSON.stringify(NOTHING)])
  await database.query(`insert into live_session_notice (kind, user_id, content, created_at, outcome)
    values ('new_device', 'linked', $1, now() - interval '71 hours', 'sent')`, [JSON.stringify(NOTHING)])
  notices.outbox.start()
  clock.advance(1_000)
  const left = async (): Promise<unknown[]> => await database.query('select user_id, count(*)::int as count from live_session_notice group by 1')
  await until(async () => (await left()).length === 1)
  t.same(await left(), [{ user_id: 'linked', count: 1 }])
  const short = await openOutbox(t, { send () {}, linkMs: 60_000 }, 1_000)
  await short.database.query(`insert into live_session_notice (kind, user_id, content, created_at, outcome)
    values ('new_device', 'today', $1, now() - interval '23 hours', 'sent'), ('new_device', 'before', $1, now() - interval '25 hours', 'sent')`, [JSON.stringify(NOTHING)])
  short.notices.outbox.start()
  short.clock.advance(1_000)
  await until(async () => (await short.database.query('select from live_session_notice')).length === 1)
  t.match(await short.database.query('select user_id from live_session_notice'), [{ user_id: 'today' }])
})
