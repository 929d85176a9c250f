/** The outbox (R44): what is due is sent once, by one node, whatever dies or fails in between; and what can't be sent is given up visibly. */
import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import type { LiveSessionsOptions } from '../../plugins/index.ts'
import { outboxQueries } from '../../src/notices/outbox-queries.ts'
import { buildApp, type TestApp } from '../helpers/app.ts'
import { until } from '../helpers/cluster.ts'
import { createDatabase, type TestDatabase } from '../helpers/database.ts'
import { startMailServer, type MailServer } from '../helpers/mail-server.ts'

const USER = 'anna@example.com'
const NOTHING = { session: null, method: null, reasons: [], ended: 0, ipAddress: '203.0.113.7' }

/** A notice, as the transaction of a password change leaves it. */
async function leave (database: TestDatabase, { ageMs = 0, userId = USER } = {}): Promise<string> {
  const id = randomUUID()
  await database.query(`insert into live_session_notice (id, kind, user_id, content, created_at, due_at)
    values ($1, 'password_changed', $2, $3, now() - $4::float8 * interval '1 millisecond', now())`, [id, userId, JSON.stringify(NOTHING), ageMs])
  return id
}

type Notify = Exclude<LiveSessionsOptions['notify'], boolean | null | undefined>

function notifyBy (server: MailServer, notify: Partial<Notify> = {}): { notify: Notify } {
  return {
    notify: {
      origin: 'https://shop.example',
      mail: { url: server.url, from: 'Shop <security@shop.example>' },
      recipient: (userId) => ({ address: userId }),
      kinds: ['new_device', 'suspicious', 'password_changed'],
      ...notify
    }
  }
}

/** What became of it, when it is decided. */
async function outcomeOf (database: TestDatabase, id: string): Promise<{ outcome: string, error: string | null }> {
  const [row] = await until(
    () => database.query<{ outcome: string, error: string | null }>('select outcome, error from live_session_notice where id = $1 and outcome is not null', [id]),
    (rows) => rows.length === 1
  )
  return row!
}

/** The notice that could not be sent, when one has been tried, and stays due. */
async function firstError (database: TestDatabase): Promise<{ error: string, attempts: number, later: boolean }> {
  const [row] = await until(
    () => database.query<{ error: string, attempts: number, later: boolean }>('select error, attempts, due_at > now() as later from live_session_notice where error is not null and outcome is null'),
    (rows) => rows.length > 0
  )
  return row!
}

/** A change of the password ends nothing here, and leaves a notice of its own. */
async function changePassword ({ app }: TestApp, userId = USER): Promise<void> {
  await app.sessions.revokeUser(userId, { reason: 'password_changed', ip: '203.0.113.9' })
}

async function start (t: Test, notify: Partial<Notify> = {}): Promise<{ server: MailServer, node: TestApp }> {
  const server = await startMailServer(t)
  return { server, node: await buildApp(t, { options: notifyBy(server, notify) }) }
}

t.test('a changed password is one mail, to that user, from the app, that says it was sent by a machine', async (t) => {
  const { server, node } = await start(t)
  await changePassword(node)
  const [mail] = await server.received(1)
  t.match(mail, { to: [USER], text: /^Your password was changed\n[\s\S]*203\.0\.113\.9/ })
  t.equal(mail?.headers.get('subject'), 'Your password for shop.example was changed')
  t.equal(mail?.headers.get('from'), 'Shop <security@shop.example>')
  t.equal(mail?.headers.get('auto-submitted'), 'auto-generated')
  t.match(mail?.headers.get('message-id'), /^<[0-9a-f-]{36}@shop\.example>$/)
  const [row] = await node.database.query<{ id: string }>('select id from live_session_notice')
  t.same(await outcomeOf(node.database, row?.id ?? ''), { outcome: 'sent', error: null })
})

t.test('two nodes race for a hundred notices, and each is sent once', async (t) => {
  const server = await startMailServer(t)
  const database = await createDatabase(t)
  const ids = await Promise.all(Array.from({ length: 100 }, (_, index) => leave(database, { userId: `user-${index}@example.com` })))
  await Promise.all([buildApp(t, { database, options: notifyBy(server) }), buildApp(t, { database, options: notifyBy(server) })])
  for (const id of ids) t.equal((await outcomeOf(database, id)).outcome, 'sent')
  t.same(server.mails.flatMap(({ to }) => to).sort(), Array.from({ length: 100 }, (_, index) => `user-${index}@example.com`).sort())
})

t.test('one who takes a notice and dies over it does not keep it: the next one gets it when the time is over, and nobody before', async (t) => {
  const database = await createDatabase(t)
  const id = await leave(database)
  const queries = outboxQueries(async (text, values) => await database.query(text, values) as never, { schema: undefined })
  t.match(await queries.claim(10, 60_000), [{ id, attempts: 1 }])
  t.same(await queries.claim(10, 60_000), [], 'taken')
  await database.query("update live_session_notice set due_at = due_at - interval '61 seconds'")
  t.match(await queries.claim(10, 60_000), [{ id, attempts: 2 }])
})

t.test('what a node left behind when it died, another one sends', async (t) => {
  const server = await startMailServer(t)
  const database = await createDatabase(t)
  const id = await leave(database)
  await buildApp(t, { database, options: notifyBy(server) })
  t.equal((await outcomeOf(database, id)).outcome, 'sent')
  t.equal(server.mails.length, 1)
})

t.test('a mail server that is away delays nothing but the mail, which is sent when it is back', async (t) => {
  const { server, node } = await start(t)
  server.refuse({ code: 451, message: 'try again later' })
  await changePassword(node)
  const [row] = await node.database.query<{ id: string }>('select id from live_session_notice')
  const id = row?.id ?? ''
  t.match(await firstError(node.database), { error: /try again later/, attempts: 1, later: true })
  server.refuse(null)
  await node.database.query('update live_session_notice set due_at = now()')
  t.equal((await outcomeOf(node.database, id)).outcome, 'sent')
  t.equal(server.mails.length, 1)
})

t.test('what can not be sent for too long, or never, is given up: the row says so, and an event', async (t) => {
  const { server, node } = await start(t, { giveUpMs: 60_000 })
  const failed: unknown[] = []
  node.app.sessions.on('noticeFailed', (event) => { failed.push(event) })
  server.refuse({ code: 451, message: 'try again later' })
  const old = await leave(node.database, { ageMs: 61_000 })
  t.match(await outcomeOf(node.database, old), { outcome: 'given_up', error: /try again later/ })
  server.refuse({ code: 550, message: 'no such mailbox' })
  const never = await leave(node.database)
  t.match(await outcomeOf(node.database, never), { outcome: 'given_up', error: /no such mailbox/ })
  t.match(failed, [{ userId: USER, sessionId: null, kind: 'password_changed', error: /later/ }, { error: /no such mailbox/ }])
  t.equal(server.mails.length, 0)
})

t.test('users can be spared, and one whose recipient function fails is asked again', async (t) => {
  const server = await startMailServer(t)
  let fails = true
  const node = await buildApp(t, {
    options: notifyBy(server, {
      recipient (userId) {
        if (userId === 'spared@example.com') return null
        if (fails) throw new Error('the directory is away')
        return { address: userId }
      }
    })
  })
  t.equal((await outcomeOf(node.database, await leave(node.database, { userId: 'spared@example.com' }))).outcome, 'spared')
  const id = await leave(node.database)
  await firstError(node.database)
  fails = false
  await node.database.query('update live_session_notice set due_at = now() where id = $1', [id])
  t.equal((await outcomeOf(node.database, id)).outcome, 'sent')
  t.same(server.mails.flatMap(({ to }) => to), [USER])
})

t.test('the app\'s own channel gets the notice, and a failure of it sends no second mail', async (t) => {
  const server = await startMailServer(t)
  const sent: unknown[] = []
  let fails = true
  const node = await buildApp(t, {
    options: notifyBy(server, {
      send (notice) {
        if (fails) throw new Error('the channel is away')
        sent.push(notice)
      }
    })
  })
  await changePassword(node)
  await server.received(1)
  await firstError(node.database)
  fails = false
  await node.database.query('update live_session_notice set due_at = now()')
  const [row] = await node.database.query<{ id: string }>('select id from live_session_notice')
  t.equal((await outcomeOf(node.database, row?.id ?? '')).outcome, 'sent')
  t.match(sent, [{ kind: 'password_changed', userId: USER, ipAddress: '203.0.113.9', recipient: { address: USER }, report: null }])
  t.equal(server.mails.length, 1)
})

t.test('an address that holds more than one is none: nobody else gets the mail', async (t) => {
  const { server, node } = await start(t, { recipient: () => ({ address: 'anna@example.com,eve@example.com' }), giveUpMs: 60_000 })
  t.equal((await outcomeOf(node.database, await leave(node.database, { ageMs: 61_000 }))).outcome, 'given_up')
  const injecting = await start(t, { recipient: () => ({ address: 'anna@example.com\r\nBcc: eve@example.com' }), giveUpMs: 60_000 })
  t.equal((await outcomeOf(injecting.node.database, await leave(injecting.node.database, { ageMs: 61_000 }))).outcome, 'given_up')
  t.same([...server.mails, ...injecting.server.mails], [])
})

t.test('templates can be replaced, and what they return is what is sent', async (t) => {
  const server = await startMailServer(t)
  const node = await buildApp(t, {
    options: notifyBy(server, {
      mail: { url: server.url, from: 'Shop <security@shop.example>', template: ({ kind }, standard) => ({ ...standard, subject: `Ours: ${kind}\r\nBcc: eve@example.com` }) }
    })
  })
  await changePassword(node)
  const [mail] = await server.received(1)
  t.same(mail?.to, [USER])
  t.notOk(mail?.headerNames.includes('bcc'), 'a line break in a subject begins no header')
  t.match(mail?.headers.get('subject'), /^Ours: password_changed Bcc/)
})

t.test('others\' ends by the user are told where the app wants it; other kinds are not', async (t) => {
  const { server, node } = await start(t, { kinds: ['sessions_ended'] })
  const { app } = node
  const login = async (): Promise<{ token: string }> => (await app.inject({ method: 'POST', url: '/api/auth/login', payload: { email: USER, password: 'correct horse battery staple' } })).json()
  const [own] = [await login(), await login(), await login()]
  await changePassword(node, 'somebody@example.com')
  const ended = await app.inject({ method: 'DELETE', url: '/api/sessions/others', headers: { authorization: `Bearer ${own?.token}` } })
  t.match(ended.json(), { count: 2 })
  const [mail] = await server.received(1)
  t.match(mail, { to: [USER], text: /2 other devices were signed out/ })
  const again = await app.inject({ method: 'DELETE', url: '/api/sessions/others', headers: { authorization: `Bearer ${own?.token}` } })
  t.match(again.json(), { count: 0 })
  t.equal((await node.database.query('select from live_session_notice')).length, 1, 'nothing ended, nothing to tell')
})

t.test('more than so many a day are kept, and not sent', async (t) => {
  const { server, node } = await start(t, { maxPerDay: 3 })
  for (let count = 0; count < 5; count++) await changePassword(node)
  await changePassword(node, 'somebody@example.com')
  const outcomes = async (): Promise<string[]> => (await node.database.query<{ outcome: string }>('select coalesce(outcome, \'due\') as outcome from live_session_notice order by 1')).map(({ outcome }) => outcome)
  while ((await outcomes()).includes('due')) await new Promise((resolve) => { setTimeout(resolve, 20) })
  t.same(await outcomes(), ['limited', 'limited', 'sent', 'sent', 'sent', 'sent'])
  t.equal(server.mails.filter(({ to }) => to[0] === USER).length, 3)
})

t.test('a node that takes no part in the cleanup deletes no notices', async (t) => {
  const database = await createDatabase(t)
  const old = await leave(database, { ageMs: 200 * 86_400_000 })
  await database.query("update live_session_notice set outcome = 'sent', due_at = null")
  const server = await startMailServer(t)
  await buildApp(t, { database, options: { ...notifyBy(server), cleanup: { enabled: false } } })
  // Its first look would delete, too.
  t.equal((await outcomeOf(database, await leave(database))).outcome, 'sent')
  const kept = async (): Promise<number> => (await database.query('select from live_session_notice where id = $1', [old])).length
  t.equal(await kept(), 1)
  await buildApp(t, { database, options: notifyBy(server) })
  while (await kept() > 0) await new Promise((resolve) => { setTimeout(resolve, 20) })
})
