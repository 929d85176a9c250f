/** "This wasn't me" (R45): the page behind the link looks without ending anything, its button ends what the notice is about, once and on every node. */
import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import type { NotifyOptions } from '../../plugins/index.ts'
import { resolveKeys } from '../../src/options/keys.ts'
import { createReportLinks } from '../../src/notices/link.ts'
import { buildApp, SECRET, type TestApp } from '../helpers/app.ts'
import { createDatabase, type TestDatabase } from '../helpers/database.ts'
import { logInOn } from '../helpers/log-in-on.ts'
import type { Device } from '../helpers/device.ts'

const links = createReportLinks(resolveKeys(SECRET).report)
const NOTIFY: NotifyOptions = { origin: 'https://shop.example', appName: 'Shop', send () {}, kinds: [], changePasswordUrl: 'https://shop.example/password' }

/** Two nodes over one database. */
async function cluster (t: Test, notify = {}): Promise<{ a: TestApp, b: TestApp, database: TestDatabase }> {
  const database = await createDatabase(t)
  const options = { notify: { ...NOTIFY, ...notify } }
  return { a: await buildApp(t, { database, options }), b: await buildApp(t, { database, options }), database }
}

/** A notice of this device's login; the path of its link. */
async function noticeOf (database: TestDatabase, { id, userId }: Device, { ageMs = 0, method = 'password' } = {}): Promise<string> {
  const notice = randomUUID()
  const session = { id, deviceName: 'Firefox <on> Linux', deviceType: 'desktop', browser: null, os: null, clientId: null, ipAddress: '127.0.0.1', location: null }
  await database.query(`insert into live_session_notice (id, kind, user_id, session_id, content, created_at, outcome)
    values ($1, 'new_device', $2, $3, $4, now() - $5::float8 * interval '1 millisecond', 'sent')`,
  [notice, userId, id, JSON.stringify({ session, method, reasons: [], ended: 0, ipAddress: null }), ageMs])
  return `/api/auth/report/${links.issue(notice, Date.now() + 1_000)}`
}

async function visit (address: string, path: string, { method = 'GET', language = 'en' } = {}): Promise<{ status: number, html: string, headers: Headers }> {
  const response = await fetch(address + path, { method, headers: { 'accept-language': language, ...(method === 'POST' ? { 'content-type': 'application/x-www-form-urlencoded' } : {}) } })
  return { status: response.status, html: await response.text(), headers: response.headers }
}

const alive = async (device: Device, ...nodes: TestApp[]): Promise<number[]> => await Promise.all(nodes.map(async ({ address }) => (await device.ask('GET', '/api/sessions/current', { at: address })).status))
const formsIn = (html: string): string[] => [...html.matchAll(/<form method="post" action="([^"]*)">/g)].map(([, action = '']) => action)

/** For the tests that need no nodes of their own; each has a user and a device of its own. */
const { a, b, database } = await cluster(t)

t.test('a GET, or a HEAD, ends nothing, however often; the page has one button and no script, and says how it is to be treated', async (t) => {
  const device = await logInOn(a.address, 'laptop', { userId: 'looked@example.com', deviceId: 'looked' })
  const path = await noticeOf(database, device)
  for (let visits = 0; visits < 3; visits++) {
    const { status, html, headers } = await visit(b.address, path)
    t.equal(status, 200)
    t.same(formsIn(html), [path.split('/').at(-1)])
    t.match(html, 'Firefox &lt;on&gt; Linux is signed in to your account at shop.example')
    t.notMatch(html, /<script|<style|style=|onload|http-equiv|autofocus/i)
    t.match(headers.get('content-security-policy'), /^default-src 'none'; style-src 'self'; form-action 'self'/)
    t.match({ cache: headers.get('cache-control'), referrer: headers.get('referrer-policy'), type: headers.get('content-type'), frame: headers.get('x-frame-options') },
      { cache: 'no-store', referrer: 'no-referrer', type: 'text/html; charset=utf-8', frame: 'DENY' })
  }
  t.equal((await visit(a.address, path, { method: 'HEAD' })).status, 200)
  t.same(await alive(device, a, b), [200, 200])
  t.match((await visit(a.address, '/api/auth/report.css')).headers.get('content-type'), /^text\/css/)
})

t.test('the button ends the session on both nodes, and all others of its device; other devices stay', async (t) => {
  const first = await logInOn(a.address, 'laptop', { userId: 'pressed@example.com', deviceId: 'pressed' })
  const socket = await first.connect(a.address)
  const own = await logInOn(a.address, 'phone', { userId: 'pressed@example.com', deviceId: 'own' })
  const stranger = await logInOn(a.address, 'laptop', { userId: 'stranger@example.com', deviceId: 'pressed' })
  const path = await noticeOf(database, first)
  const pressed = await visit(b.address, path, { method: 'POST' })
  t.equal(pressed.status, 200)
  t.same(await alive(first, a, b), [401, 401], 'from the answer on')
  t.match(await socket.next('logout'), { sessionId: first.id, reason: 'reported_by_user' })
  t.same([...await alive(own, a, b), ...await alive(stranger, a, b)], [200, 200, 200, 200])
  t.match(pressed.html, /Firefox &lt;on&gt; Linux was signed out/)
  t.match(pressed.html, 'href="https://shop.example/password"')
  t.same(formsIn(pressed.html), [`${path.split('/').at(-1)}/others`])
  t.match(await database.query('select reason, by from live_session_event where session_id = $1 and type = \'ended\'', [first.id]), [{ reason: 'reported_by_user', by: 'pressed@example.com' }])
  t.match(await database.query('select user_id, refused_at is not null as refused from live_session_device where refused_at is not null and (user_id = $1 or device_id = $2)', ['pressed@example.com', 'pressed']), [{ user_id: 'pressed@example.com', refused: true }])
})

t.test('a device that signed in again since is out as well', async (t) => {
  const options = { userId: 'again@example.com', deviceId: 'again' }
  const first = await logInOn(a.address, 'laptop', options)
  const path = await noticeOf(database, first)
  const again = await logInOn(b.address, 'laptop', options)
  t.equal((await visit(a.address, path, { method: 'POST' })).status, 200)
  t.same(await alive(again, a, b), [401, 401])
})

t.test('the button works where the session\'s row is gone: its device is refused, and its other sessions end', async (t) => {
  const again = await logInOn(a.address, 'laptop', { userId: 'gone@example.com', deviceId: 'gone' })
  const stranger = await logInOn(a.address, 'laptop', { userId: 'stranger@example.com', deviceId: 'gone' })
  const path = await noticeOf(database, { ...again, id: randomUUID() })
  await database.query("update live_session_notice set device_id = 'gone' where user_id = 'gone@example.com'")
  const pressed = await visit(b.address, path, { method: 'POST' })
  t.match(pressed, { status: 200, html: /Firefox &lt;on&gt; Linux was signed out/ })
  t.same([...await alive(again, a, b), ...await alive(stranger, a, b)], [401, 401, 200, 200])
  t.same(await database.query("select user_id, device_id from live_session_device where refused_at is not null and (user_id = 'gone@example.com' or device_id = 'gone')"), [{ user_id: 'gone@example.com', device_id: 'gone' }])
})

t.test('a second visit says what was done, also when the link is too old by then, and a second press ends nothing more', async (t) => {
  const device = await logInOn(a.address, 'laptop', { userId: 'twice@example.com', deviceId: 'twice' })
  const path = await noticeOf(database, device)
  t.equal((await visit(a.address, path, { method: 'POST' })).status, 200)
  await database.query("delete from live_session_device where user_id = 'twice@example.com'")
  const later = await logInOn(a.address, 'laptop', { userId: 'twice@example.com', deviceId: 'twice' })
  for (const method of ['GET', 'POST']) {
    const { status, html } = await visit(b.address, path, { method })
    t.equal(status, 200, method)
    t.match(html, /This device is signed out/)
  }
  t.same(await alive(later, a, b), [200, 200], 'whoever signed in since is not ended by it')
  await database.query("update live_session_notice set created_at = created_at - interval '8 days' where user_id = 'twice@example.com'")
  const { status, html } = await visit(a.address, path)
  t.equal(status, 200)
  t.match(html, /This device is signed out/)
  t.same(formsIn(html), [], 'but nothing more can be done with it')
})

t.test('all others end by the second button, once', async (t) => {
  const device = await logInOn(a.address, 'laptop', { userId: 'others@example.com', deviceId: 'others' })
  const own = await logInOn(b.address, 'phone', { userId: 'others@example.com', deviceId: 'own' })
  const path = await noticeOf(database, device)
  t.match((await visit(a.address, `${path}/others`, { method: 'POST' })).html, /Was this not you/, 'not before the first')
  t.same(await alive(own, a, b), [200, 200])
  await visit(a.address, path, { method: 'POST' })
  const pressed = await visit(a.address, `${path}/others`, { method: 'POST' })
  t.equal(pressed.status, 200)
  t.match(pressed.html, /All other devices are signed out, too/)
  t.same(await alive(own, a, b), [401, 401])
  const fresh = await logInOn(a.address, 'phone', { userId: 'others@example.com', deviceId: 'own' })
  t.equal((await visit(a.address, `${path}/others`, { method: 'POST' })).status, 200)
  t.same(await alive(fresh, a, b), [200, 200], 'a link that was used ends nobody who signed in afterwards')
})

t.test('a link that is too old, forged, cut off, or of a notice that is not kept ends nothing and is 400', async (t) => {
  const device = await logInOn(a.address, 'laptop', { userId: 'refused@example.com', deviceId: 'refused' })
  const path = await noticeOf(database, device, { ageMs: 8 * 86_400_000 })
  for (const method of ['GET', 'POST']) {
    const { status, html } = await visit(a.address, path, { method })
    t.equal(status, 400)
    t.match(html, /This link is too old/)
  }
  const forged = createReportLinks(resolveKeys('not the secret of these apps at all').report).issue(randomUUID(), Date.now() + 60_000)
  const gone = links.issue(randomUUID(), Date.now() + 60_000)
  for (const wrong of [`/api/auth/report/${forged}`, path.slice(0, -1), `/api/auth/report/${gone}`, '/api/auth/report/x', `/api/auth/report/${forged}/others`]) {
    const { status, html } = await visit(a.address, wrong, { method: 'POST' })
    t.equal(status, 400, wrong)
    t.match(html, /This link does not work/)
  }
  t.same(await alive(device, a), [200])
})

t.test('the page speaks the browser\'s language, unless the app knows the reader\'s', async (t) => {
  const device = await logInOn(a.address, 'laptop', { userId: 'language@example.com', deviceId: 'language' })
  const path = await noticeOf(database, device)
  t.match((await visit(a.address, path, { language: 'de-DE,de;q=0.9' })).html, /<html lang="de">[\s\S]*Waren Sie das nicht\?/)
  const knowing = await buildApp(t, { database, options: { notify: { ...NOTIFY, recipient: () => ({ address: 'language@example.com', locale: 'de', timeZone: 'Europe/Berlin' }) } } })
  t.match((await visit(knowing.address, path)).html, '<html lang="de">')
  const failing = await buildApp(t, { database, options: { notify: { ...NOTIFY, recipient () { throw new Error('away') } } } })
  t.equal((await visit(failing.address, path)).status, 200, 'nor does it need the app for that')
  const hanging = await buildApp(t, { database, options: { notify: { ...NOTIFY, recipient: async () => await new Promise<never>(() => {}) } } })
  t.match(await visit(hanging.address, path, { language: 'de' }), { status: 200, html: /<html lang="de">/ }, 'and waits for it not for long')
})

t.test('where the database can not be asked, people get a page that says so, and nothing was done', async (t) => {
  const { a, database } = await cluster(t)
  const device = await logInOn(a.address, 'laptop', { userId: 'away@example.com', deviceId: 'away' })
  const path = await noticeOf(database, device)
  await database.query('alter table live_session_notice rename to away')
  for (const method of ['GET', 'POST']) {
    const { status, html, headers } = await visit(a.address, path, { method })
    t.equal(status, 503)
    t.match(html, /Please try once more/)
    t.same(formsIn(html), [])
    t.equal(headers.get('retry-after'), '1')
  }
  await database.query('alter table away rename to live_session_notice')
  t.same(await alive(device, a), [200])
  t.match((await visit(a.address, path)).html, /Was this not you/)
})

t.test('without notices there is no such page', async (t) => {
  for (const notify of [undefined, true as const]) {
    const { address } = await buildApp(t, { options: notify === undefined ? {} : { notify } })
    t.equal((await visit(address, '/api/auth/report/x')).status, 404)
  }
})
