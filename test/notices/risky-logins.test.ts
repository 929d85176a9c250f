/** Logins that are judged: what is known of the user, places, what administrators see, and the app's word, in a real app. */
import t from 'tap'
import type { Notice, RiskQuestion } from '../../plugins/index.ts'
import type { RiskDecision, RiskReason } from '../../src/protocol.ts'
import { buildApp } from '../helpers/app.ts'
import { until } from '../helpers/cluster.ts'
import { ask } from '../helpers/device.ts'
import { BERLIN, LONDON, openWorld, TOR } from '../helpers/logins-from.ts'
import { connectTo } from '../helpers/session-rows.ts'

const names = (judged: { reasons: RiskReason[] } | null): string[] => judged?.reasons.map(({ reason }) => reason) ?? []
/** For the tests that need no options of their own; each has a user of its own. */
const world = await openWorld(t)

t.test('without the option no login is judged, and where it came from is known nevertheless', async (t) => {
  const world = await openWorld(t, { risk: null })
  const first = await world.signIn()
  const second = await world.signIn({ device: 'phone', ip: LONDON })
  t.same(first.session.location, { countryCode: 'DE', country: 'Germany', region: null, city: 'Berlin' })
  t.equal(second.session.location?.countryCode, 'GB')
  t.equal(await world.riskOf(second.session), null)
  t.same(await world.database.query("select type from live_session_event where type <> 'opened'"), [])
  t.match(await world.database.query("select device_id, networks, countries from live_session_device where user_id = 'user@example.com' order by device_id"), [
    { device_id: 'laptop', networks: [{ network: BERLIN, at: String }], countries: ['DE'] }, { device_id: 'phone', networks: [{ network: LONDON, at: String }], countries: ['GB'] }], 'devices are noted: they are known when the option is switched on')
})

t.test('the place of a session is in lists, and administrators end sessions by country', async (t) => {
  const world = await openWorld(t)
  const laptop = await world.signIn()
  await world.signIn({ device: 'phone', ip: LONDON })
  const { body } = await laptop.ask<Array<{ location: { city: string } }>>('GET', '/api/sessions')
  t.same(body.map(({ location }) => location.city).sort(), ['Berlin', 'London'])
  const admin = await world.signIn({ userId: 'admin@example.com' })
  t.match((await admin.ask('POST', '/api/admin/sessions/revoke', { body: { filter: { countryCode: 'GB' } } })).body, { count: 1 })
})

t.test('a new device in a new country too soon: each reason with its facts, in the administrators\' details', async (t) => {
  const userId = 'travels@example.com'
  t.equal(await world.riskOf((await world.signIn({ userId })).session), null, 'the very first login of a user is no news')
  t.equal(await world.riskOf((await world.signIn({ userId })).session), null, 'nor is the same device again')
  const stranger = await world.signIn({ userId, device: 'phone', ip: LONDON })
  const judged = await world.riskOf(stranger.session)
  t.match(judged, {
    decision: 'allow',
    score: 110,
    reasons: [
      { reason: 'new_device', deviceName: String },
      { reason: 'new_country', countryCode: 'GB', known: ['DE'] },
      { reason: 'new_address', network: LONDON },
      { reason: 'impossible_travel', from: 'Berlin, Germany', to: 'London, United Kingdom', kilometres: 929, hours: 0 }
    ]
  })
  t.equal(stranger.session.confirmed, true, 'and by default it passes')
  t.same(names(await world.riskOf((await world.signIn({ userId, device: 'phone', ip: LONDON })).session)), [], 'the next time it is known')
})

t.test('wrong passwords before the right one, and an address that hides who uses it, are reasons', async (t) => {
  const userId = 'guessed@example.com'
  await world.signIn({ userId })
  for (let i = 0; i < 5; i++) await world.login({ userId, password: 'wrong', ip: LONDON })
  t.match(await world.riskOf((await world.signIn({ userId })).session), { reasons: [{ reason: 'failed_logins', count: 5, withinMs: 3_600_000 }] })
  t.equal(await world.riskOf((await world.signIn({ userId })).session), null, 'they count once')
  t.same(names(await world.riskOf((await world.signIn({ userId, ip: TOR })).session)), ['new_address', 'anonymous_address', 'datacentre'])
})

t.test('an address of a session that is open is known, and its place changes with it', async (t) => {
  const world = await openWorld(t, { activityIntervalMs: 20 })
  const phone = await world.signIn({ device: 'phone' })
  await phone.ask('GET', '/api/sessions/current', { ip: LONDON })
  await until(
    () => phone.ask<Array<{ location: { city: string } }>>('GET', '/api/sessions', { ip: LONDON }),
    ({ body }) => body[0]?.location.city === 'London'
  )
  t.same(names(await world.riskOf((await world.signIn({ device: 'laptop', ip: LONDON })).session)), ['new_device'])
})

t.test('the app decides: it is told what speaks against the login, and its answer holds', async (t) => {
  const asked: RiskQuestion[] = []
  const world = await openWorld(t, {
    risk: {
      onRisk: (question) => {
        asked.push(question)
        return question.reasons.some(({ reason }) => reason === 'anonymous_address') ? 'deny' : null
      }
    }
  })
  const denials: unknown[] = []
  world.app.sessions.on('denied', (denied) => { denials.push(denied) })
  const laptop = await world.signIn()
  t.same(asked, [], 'it is not asked where nothing speaks against a login')
  await world.signIn({ device: 'phone' })
  t.match(asked, [{ session: { userId: 'user@example.com', deviceType: String, location: { city: 'Berlin' }, status: 'active' }, reasons: [{ reason: 'new_device' }], score: 20, claims: {} }])

  const refused = await world.login({ device: 'stranger', ip: TOR })
  t.match(refused, { status: 403, body: { code: 'SESSION_LOGIN_DENIED' } })
  t.match(await world.refused(), [{ decision: 'deny', reasons: [{ reason: 'new_device' }, {}, {}, {}] }], 'what became of it is written down')
  t.match(denials, [{ userId: 'user@example.com', code: 'SESSION_LOGIN_DENIED', ipAddress: TOR }])
  t.equal((await laptop.ask<unknown[]>('GET', '/api/sessions')).body.length, 2, 'and there is no session of it')
  t.match((await world.signIn({ device: 'stranger' })).session, { status: 'active' }, 'nor is its device known')
})

t.test('while the app is asked no connection waits for it', async (t) => {
  let answer = (): void => {}
  let asked = (): void => {}
  const question = new Promise<void>((resolve) => { asked = resolve })
  const world = await openWorld(t, {
    risk: {
      onRisk: async (): Promise<RiskDecision> => {
        asked()
        await new Promise<void>((resolve) => { answer = resolve })
        return 'allow'
      }
    }
  })
  const laptop = await world.signIn()
  const stranger = world.login({ device: 'phone' })
  await question
  const busy = await world.database.query("select pid from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'")
  t.same(busy, [], 'nor a transaction')
  t.equal((await laptop.ask('GET', '/api/sessions')).status, 200)
  answer()
  t.equal((await stranger).status, 200)
})

t.test('what changes while the app is asked is asked again: it never decides about what it did not see', async (t) => {
  const asked: string[][] = []
  let meanwhile: (() => Promise<unknown>) | null = null
  const world = await openWorld(t, {
    risk: {
      onRisk: async ({ reasons }): Promise<RiskDecision> => {
        asked.push(reasons.map(({ reason }) => reason))
        const work = meanwhile
        meanwhile = null
        await work?.()
        return 'allow'
      }
    }
  })
  await world.signIn()
  meanwhile = () => world.app.sessions.forgetDevices('user@example.com')
  await world.signIn({ ip: LONDON })
  t.same(asked, [['new_country', 'new_address', 'impossible_travel'], ['new_device', 'new_country', 'new_address', 'impossible_travel']])
})

t.test('an app that never answers fails that login, and holds up no other one of the user for long', async (t) => {
  let asked = 0
  const world = await openWorld(t, { risk: { onRisk: async (): Promise<RiskDecision> => asked++ === 0 ? await new Promise<never>(() => {}) : 'allow' } })
  await world.signIn()
  const [hanging, other] = await Promise.all([world.login({ device: 'phone', ip: LONDON }), world.login({ device: 'tablet', ip: LONDON })])
  t.match([hanging.status, other.status].sort(), [200, 500])
})

t.test('a wrong answer of the app is the app\'s mistake, and lets nobody in', async (t) => {
  let answer: () => unknown = () => null
  const world = await openWorld(t, { risk: { onRisk: () => answer() as never } })
  await world.signIn()
  for (answer of [() => 'maybe', () => true, () => { throw new Error('broken') }]) {
    t.match(await world.login({ device: 'phone' }), { status: 500, body: { code: 'SESSION_CALLBACK_FAILED' } })
  }
})

t.test('the scores refuse where the app says so in numbers', async (t) => {
  const world = await openWorld(t, { risk: { denyFrom: 100 } })
  await world.signIn()
  t.equal((await world.login({ device: 'phone' })).status, 200)
  t.equal((await world.login({ device: 'stranger', ip: LONDON })).status, 403)
})

t.test('whoever is refused with the right password, their user is told of, and it leaves room for those who get in', async (t) => {
  const sent: Notice[] = []
  const world = await openWorld(t, {
    risk: { denyFrom: 100 },
    notify: { origin: 'https://shop.example', maxPerDay: 4, send (notice) { sent.push(notice) } }
  })
  await world.signIn()
  for (let tries = 0; tries < 5; tries++) t.equal((await world.login({ device: 'stranger', ip: LONDON })).status, 403)
  t.equal((await world.login({ device: 'stranger', ip: LONDON, password: 'wrong' })).status, 401)
  await world.signIn({ device: 'phone' })
  const due = async (): Promise<unknown[]> => await world.database.query('select from live_session_notice where due_at is not null')
  while ((await due()).length > 0) await new Promise((resolve) => { setTimeout(resolve, 20) })
  const refused = { kind: 'suspicious', refused: true, report: null, method: 'password', session: { id: null, deviceName: String, ipAddress: LONDON, location: { countryCode: 'GB' } }, reasons: [{ reason: 'new_device' }, {}, {}, {}] }
  t.match(sent.sort((a, b) => Number(b.refused) - Number(a.refused)), [refused, refused, { kind: 'new_device', refused: false, report: { url: String }, session: { id: String } }])
  t.match(await world.database.query('select outcome, count(*)::int as count from live_session_notice group by 1 order by 1'), [{ outcome: 'limited', count: 3 }, { outcome: 'sent', count: 3 }])
})

t.test('where a user is sent one notice a day, a refused login does not take it from one who gets in', async (t) => {
  const sent: Notice[] = []
  const world = await openWorld(t, {
    risk: { denyFrom: 100 },
    notify: { origin: 'https://shop.example', maxPerDay: 1, send (notice) { sent.push(notice) } }
  })
  await world.signIn()
  t.equal((await world.login({ device: 'stranger', ip: LONDON })).status, 403)
  await world.signIn({ device: 'phone' })
  const due = async (): Promise<unknown[]> => await world.database.query('select from live_session_notice where due_at is not null')
  while ((await due()).length > 0) await new Promise((resolve) => { setTimeout(resolve, 20) })
  t.match(sent, [{ kind: 'new_device', refused: false }])
  t.equal(sent.length, 1)
})

t.test('logins of one new device at the same moment: it is new once', async (t) => {
  const userId = 'at.once@example.com'
  await world.signIn({ userId })
  const opened = await Promise.all(Array.from({ length: 5 }, () => world.signIn({ userId, device: 'phone' })))
  const judged = await Promise.all(opened.map(({ session }) => world.riskOf(session)))
  t.equal(judged.filter((one) => names(one).includes('new_device')).length, 1)
})

t.test('forgotten devices are new again; a device that did not come for long is, too', async (t) => {
  const world = await openWorld(t, { knownDevicesMs: 86_400_000 })
  await world.signIn()
  await world.signIn({ device: 'phone' })
  t.same(await world.app.sessions.forgetDevices('user@example.com'), { count: 2 })
  t.same(names(await world.riskOf((await world.signIn({ device: 'phone' })).session)), ['new_device'])
  await world.database.query("update live_session_device set last_at = now() - interval '2 days' where device_id = 'phone'")
  t.same(names(await world.riskOf((await world.signIn({ device: 'phone' })).session)), ['new_device'])
  t.equal(await world.riskOf((await world.signIn({ device: 'phone' })).session), null)
})

t.test('a device of which its user said "this wasn\'t me" signs in no more, with the password or without', async (t) => {
  const userId = 'refused@example.com'
  const laptop = await world.signIn({ userId })
  const stranger = await world.signIn({ userId, device: 'phone' })
  await world.database.query("update live_session_device set refused_at = now() where user_id = $1 and device_id = 'phone'", [userId])
  t.equal((await stranger.ask('GET', '/api/sessions/current')).status, 200, 'its session is ended by whoever refused it')
  t.match(await world.login({ userId, device: 'phone' }), { status: 403, body: { code: 'SESSION_LOGIN_DENIED' } })
  t.match(await world.refused(), [{ reasons: [{ reason: 'refused_device' }] }])
  t.equal((await world.login({ device: 'phone', userId: 'somebody.else@example.com' })).status, 200, 'to other accounts it does')
  t.equal((await laptop.ask('GET', '/api/sessions/current')).status, 200)
})

t.test('a refused device stays refused where neither risk nor notices are on', async (t) => {
  const world = await openWorld(t, { risk: null })
  await world.signIn({ device: 'phone' })
  await world.database.query("update live_session_device set refused_at = now() where device_id = 'phone'")
  t.match(await world.login({ device: 'phone' }), { status: 403, body: { code: 'SESSION_LOGIN_DENIED' } })
  t.equal((await world.login({ device: 'laptop' })).status, 200)
})

t.test('a user\'s devices are kept to the latest hundred', async (t) => {
  const userId = 'hundred@example.com'
  await world.database.query("insert into live_session_device (user_id, device_id, last_at) select $1, 'old ' || n, now() - n * interval '1 hour' from generate_series(1, 150) n", [userId])
  await world.signIn({ userId })
  t.match(await world.database.query('select count(*)::int as count from live_session_device where user_id = $1', [userId]), [{ count: 100 }])
  t.match(await world.database.query("select device_id from live_session_device where user_id = $1 and device_id in ('laptop', 'old 1', 'old 99', 'old 100') order by 1", [userId]), [{ device_id: 'laptop' }, { device_id: 'old 1' }, { device_id: 'old 99' }])
})

t.test('in the app\'s own transaction a login is judged the same way, and a refused one is written down where the app commits', async (t) => {
  const world = await openWorld(t, { risk: { denyFrom: 40 } })
  const client = await connectTo(t, world.database)
  const app = await buildApp(t, {
    database: world.database,
    options: { risk: { onRisk: ({ score }) => score >= 40 ? 'deny' : 'allow' } },
    after (app) {
      app.post('/own', async (request) => {
        const { device, failedLogins } = request.query as Record<string, string>
        await client.query('begin')
        const opening = app.sessions.openIn({ query: (text, values) => client.query(text, values as unknown[]) }, request, { userId: 'user@example.com', device: { id: device }, failedLogins: Number(failedLogins) })
        await opening.catch(() => {})
        await client.query('commit')
        return (await (await opening).confirm()).session
      })
    }
  })
  const own = (device: string, failedLogins: number): ReturnType<typeof ask> => ask(app.address, 'POST', `/own?device=${device}&failedLogins=${failedLogins}`)
  await world.signIn({ ip: '127.0.0.1' })
  const phone = await own('phone', 0)
  t.equal(phone.status, 200)
  t.same(names(await world.riskOf(phone.body as never)), ['new_device'])
  t.match(await own('stranger', 5), { status: 403, body: { code: 'SESSION_LOGIN_DENIED' } })
  t.match(await world.refused(), [{ decision: 'deny', score: 40 }])
})

t.test('a device that was refused stays so where nobody judges logins and sends notices any more', async (t) => {
  const world = await openWorld(t, { risk: null, geoip: null })
  await world.signIn()
  await world.database.query('update live_session_device set refused_at = now()')
  t.match(await world.login(), { status: 403, body: { code: 'SESSION_LOGIN_DENIED' } })
  t.equal((await world.login({ device: 'phone' })).status, 200)
})
