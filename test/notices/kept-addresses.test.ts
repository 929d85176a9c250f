/** Of addresses no more is kept and shown than the app wants; places, risk and limits go by whole ones all the same. */
import t, { type Test } from 'tap'
import type { RiskQuestion } from '../../plugins/index.ts'
import type { AddressOptions } from '../../src/options/addresses.ts'
import { until } from '../helpers/cluster.ts'
import type { TestDatabase } from '../helpers/database.ts'
import { openWorld, type World } from '../helpers/logins-from.ts'
import { startMailServer, type MailServer } from '../helpers/mail-server.ts'
import { mmdbFile } from '../helpers/mmdb.ts'

const TOR = '203.0.113.77'
const HOME = '192.0.2.77'
const AWAY = '198.51.100.77'
const IPV6 = '2001:db8:1:2:3::77'
/** A suspicious login, a new device, one refused, others ended, the password changed. */
const MAILS = 5

/** Every row of every table, as text. */
async function everything ({ query }: TestDatabase): Promise<string> {
  const tables = await query<{ name: string }>("select table_name as name from information_schema.tables where table_schema = 'public'")
  const rows = await Promise.all(tables.map(({ name }) => query<{ row: string }>(`select t::text as row from ${name} t`)))
  return rows.flat().map(({ row }) => row).join('\n')
}

interface Story {
  world: World
  mails: MailServer
  asked: RiskQuestion[]
  denied: Array<{ ipAddress: string | null }>
}

/** Whatever writes an address down: logins that are judged, mails, moves, and ends of all kinds. */
async function live (t: Test, addresses: AddressOptions): Promise<Story> {
  const mails = await startMailServer(t)
  const asked: RiskQuestion[] = []
  const world = await openWorld(t, {
    addresses,
    activityIntervalMs: 20,
    risk: {
      onRisk (question) {
        asked.push(question)
        const reasons = question.reasons.map(({ reason }) => reason)
        return reasons.includes('anonymous_address') ? 'deny' : reasons.includes('new_country') ? 'unconfirmed' : null
      }
    },
    notify: { origin: 'https://shop.example', mail: { url: mails.url, from: 'security@shop.example' }, recipient: (address) => ({ address }), kinds: ['new_device', 'suspicious', 'password_changed', 'sessions_ended'] }
  })
  const denied: Story['denied'] = []
  world.app.sessions.on('denied', (event) => { denied.push(event) })
  const laptop = await world.signIn({ ip: HOME })
  const phone = await world.signIn({ device: 'phone', ip: AWAY })
  await laptop.ask('POST', `/api/sessions/${phone.session.id}/confirm`, { ip: IPV6 })
  await laptop.ask('GET', '/api/sessions', { ip: AWAY })
  await phone.ask('POST', '/api/auth/logout', { ip: HOME })
  await world.signIn({ device: 'tablet', ip: IPV6 })
  t.equal((await world.login({ device: 'strange', ip: TOR })).status, 403)
  await laptop.ask('DELETE', '/api/sessions/others', { ip: AWAY })
  await world.app.sessions.revokeUser('user@example.com', { reason: 'password_changed', ip: HOME })
  const admin = await world.signIn({ userId: 'admin@example.com', ip: HOME })
  await world.signIn({ userId: 'ben@example.com', ip: HOME })
  await admin.ask('POST', '/api/admin/sessions/revoke', { ip: AWAY, body: { filter: { userId: 'ben@example.com' }, reason: 'account_disabled' } })
  return { world, mails, asked, denied }
}

/** What is in tables, and what apps and people were told. */
async function told ({ world, mails, asked, denied }: Story): Promise<{ rows: string, said: string }> {
  const received = await mails.received(MAILS)
  const said = JSON.stringify([asked, denied, received.map(({ text, html }) => [text, html])])
  return { rows: await everything(world.database), said }
}

t.test('by default whole addresses are kept', async (t) => {
  const { rows, said } = await told(await live(t, {}))
  for (const address of [HOME, AWAY, TOR, IPV6]) t.ok(rows.includes(address) && said.includes(address), address)
})

t.test('with the precision "network" no row, answer, question or mail has more than a /24, or a /48', async (t) => {
  const story = await live(t, { precision: 'network' })
  const { world } = story
  for (const [where, text] of Object.entries(await told(story))) {
    for (const whole of [HOME, AWAY, TOR, IPV6, '2001:db8:1:2']) t.notOk(text.includes(whole), `${where} without ${whole}`)
    for (const kept of ['192.0.2.0', '198.51.100.0', '203.0.113.0', '2001:db8:1::']) t.ok(text.includes(kept), `${where} with ${kept}`)
  }
  const { session, ask } = await world.signIn({ ip: HOME })
  t.equal(session.ipAddress, '192.0.2.0')
  t.match((await ask('GET', `/api/sessions/${session.id}`, { ip: HOME })).body, { ipAddress: '192.0.2.0', addresses: [{ ip: '192.0.2.0' }] })
})

t.test('with the precision "none" no row, answer, question or mail has any of it', async (t) => {
  const story = await live(t, { precision: 'none' })
  const { world } = story
  const { rows, said } = await told(story)
  for (const part of ['192.0.2', '198.51.100', '203.0.113', '2001:db8']) t.notOk((rows + said).includes(part), part)
  const { session, ask } = await world.signIn({ ip: HOME })
  t.equal(session.ipAddress, null)
  t.match((await ask('GET', `/api/sessions/${session.id}`, { ip: HOME })).body, { ipAddress: null, addresses: [] })
  t.notMatch(said, 'IP address')
})

t.test('places are those of whole addresses, at login and at a move', async (t) => {
  // In one /24 there are two cities.
  const geoip = mmdbFile(t, { '192.0.2.64/26': { city: 'Berlin' }, '192.0.2.0/26': { city: 'Potsdam' }, '198.51.100.64/26': { city: 'London' } })
  for (const precision of ['whole', 'network', 'none'] as const) {
    const { signIn } = await openWorld(t, { addresses: { precision }, activityIntervalMs: 20, geoip })
    const { session, ask } = await signIn({ ip: HOME })
    t.match(session.location, { city: 'Berlin' }, precision)
    t.match((await signIn({ device: 'phone', ip: '192.0.2.5' })).session.location, { city: 'Potsdam' }, precision)
    if (precision === 'none') continue
    await until(() => ask<{ location: { city: string } }>('GET', `/api/sessions/${session.id}`, { ip: AWAY }), ({ body }) => body.location?.city === 'London')
  }
})

t.test('a network that is known is no new address, whatever was kept before', async (t) => {
  const world = await openWorld(t)
  await world.signIn({ ip: HOME })
  await world.signIn({ device: 'phone', ip: IPV6 })
  // One node alone: an end waits for no other one.
  await world.app.close()
  const { signIn, riskOf } = await openWorld(t, { addresses: { precision: 'network' } }, world.database)
  for (const ip of ['192.0.2.5', HOME, '2001:db8:1:ffff::1']) t.equal(await riskOf((await signIn({ ip })).session), null, ip)
  t.match(await riskOf((await signIn({ ip: '192.0.3.5' })).session), { reasons: [{ reason: 'new_address', network: '192.0.3.0/24' }] })
  t.match(await riskOf((await signIn({ ip: '2001:db8:2::1' })).session), { reasons: [{ reason: 'new_address', network: '2001:db8:2::/48' }] })
})

t.test('an open session of IPv6 makes its network a known one', async (t) => {
  const { signIn, riskOf, app } = await openWorld(t, { activityIntervalMs: 20 })
  await signIn({ ip: IPV6 })
  await app.sessions.forgetDevices('user@example.com')
  t.match(await riskOf((await signIn({ device: 'phone', ip: '2001:db8:1:2:ffff::1' })).session), { reasons: [{ reason: 'new_device' }] })
})

t.test('administrators look for a whole address, and end by what is kept alone', async (t) => {
  const world = await openWorld(t, { addresses: { precision: 'network' } })
  await world.signIn({ ip: HOME })
  await world.signIn({ userId: 'ben@example.com', ip: '192.0.2.5' })
  await world.signIn({ userId: 'cleo@example.com', ip: AWAY })
  const admin = await world.signIn({ userId: 'admin@example.com', ip: AWAY })
  const { body: { items } } = await admin.ask<{ items: Array<{ userId: string }> }>('GET', `/api/admin/sessions?ip=${HOME}`)
  t.same(items.map(({ userId }) => userId).sort(), ['ben@example.com', 'user@example.com'])
  for (const dryRun of [true, false]) {
    const refused = await admin.ask('POST', '/api/admin/sessions/revoke', { body: { filter: { ip: HOME }, dryRun } })
    t.match(refused, { status: 400, body: { code: 'SESSION_ARGUMENT_INVALID', message: /give ip 192\.0\.2\.0/ } })
  }
  t.match((await admin.ask('POST', '/api/admin/sessions/revoke', { body: { filter: { ip: '192.0.2.0' } } })).body, { count: 2 })
})

t.test('wrong passwords are counted by whole addresses', async (t) => {
  const world = await openWorld(t, { addresses: { precision: 'none' }, login: { verify: () => null, failuresPerMinute: 1 } })
  t.equal((await world.login({ ip: HOME })).status, 401)
  t.equal((await world.login({ ip: HOME })).status, 429)
  t.equal((await world.login({ ip: '192.0.2.78' })).status, 401, 'a neighbour is another one')
})
