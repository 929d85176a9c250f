/** An address is one text wherever it shows, is searched for, counted or ended by, however the listener or a proxy wrote it. */
import t from 'tap'
import type { AdminPage } from '../../plugins/index.ts'
import type { LoginAnswer, SessionDetail } from '../../src/protocol.ts'
import { buildApp, PASSWORD } from '../helpers/app.ts'
import { ask } from '../helpers/device.ts'

const LOGIN = { email: 'user@example.com', password: PASSWORD }
/** For the tests without a proxy. */
const { app, address, database } = await buildApp(t, { options: { admin: { authorize: () => true } } })
const office = { options: { admin: { authorize: () => true } }, server: { trustProxy: true } }

t.test('behind a dual-stack listener an IPv4 client is shown, and found, as what it is', async (t) => {
  const login = await app.inject({ method: 'POST', url: '/api/auth/login', payload: LOGIN, remoteAddress: '::ffff:192.0.2.1' })
  const { token } = login.json<{ token: string }>()
  t.match(login.json(), { session: { ipAddress: '192.0.2.1' } })
  const headers = { authorization: `Bearer ${token}` }
  for (const ip of ['192.0.2.1', '::ffff:192.0.2.1', '192.0.2.1:443']) {
    const { items } = (await app.inject({ url: `/api/admin/sessions?ip=${encodeURIComponent(ip)}`, headers })).json<AdminPage>()
    t.match(items, [{ ipAddress: '192.0.2.1' }], ip)
    t.equal(items.length, 1)
  }
})

t.test('one address in many forms is one: for the list, the five addresses and the filters', async (t) => {
  const { address, app, database } = await buildApp(t, { ...office, options: { ...office.options, activityIntervalMs: 60_000 } })
  const forms = ['192.0.2.1:51234', '::ffff:192.0.2.1', '192.0.2.1', '[::ffff:c000:201]:443', '192.0.2.1:9']
  const from = (ip: string): Record<string, string> => ({ 'x-forwarded-for': ip })
  const { body } = await ask<LoginAnswer>(address, 'POST', '/api/auth/login', { body: LOGIN, headers: from(forms[0] as string) })
  t.equal(body.session.ipAddress, '192.0.2.1')
  const token = body.token as string
  for (const form of forms) t.match(await ask(address, 'GET', '/api/sessions/current', { token, headers: from(form) }), { status: 200 })
  await ask(address, 'GET', '/api/sessions/current', { token, headers: from('2001:DB8:0::1') })
  const next = await buildApp(t, { ...office, database })
  await app.close()
  const detail = async (): Promise<SessionDetail> => (await ask<SessionDetail>(next.address, 'GET', `/api/sessions/${body.session.id}`, { token, headers: from('198.51.100.7') })).body
  const { ipAddress, addresses } = await detail()
  t.equal(ipAddress, '2001:db8::1')
  t.same(addresses.map(({ ip }) => ip), ['2001:db8::1', '192.0.2.1'])
  for (const ip of ['2001:db8::1', '2001:DB8:0:0::0001', '[2001:db8::1]:80', '2001:db8::1%eth0']) {
    t.match((await ask<AdminPage>(next.address, 'GET', `/api/admin/sessions?ip=${encodeURIComponent(ip)}`, { token, headers: from('2001:db8::1') })).body.items, [{ id: body.session.id }], ip)
  }
})

t.test('what is no address is never stored, and no filter', async (t) => {
  const { address, database } = await buildApp(t, office)
  const { body } = await ask<LoginAnswer>(address, 'POST', '/api/auth/login', { body: LOGIN, headers: { 'x-forwarded-for': '<b>unknown</b>' } })
  const token = body.token as string
  t.equal(body.session.ipAddress, null)
  t.match(await database.query('select ip_address, addresses from live_session'), [{ ip_address: null, addresses: [] }])
  t.match(await ask(address, 'GET', '/api/admin/sessions?ip=unknown', { token }), { status: 400, body: { code: 'SESSION_ARGUMENT_INVALID', message: /ip must be an IP address/ } })
  for (const dryRun of [true, false]) t.match(await ask(address, 'POST', '/api/admin/sessions/revoke', { token, body: { filter: { ip: '192.0.2' }, dryRun } }), { status: 400, body: { message: /ip/ } })
  t.match(await ask(address, 'GET', '/api/sessions/current', { token }), { status: 200 })
  t.match(await ask(address, 'POST', '/api/admin/sessions/revoke', { token, body: { filter: { ip: '::ffff:192.0.2.9' }, dryRun: true } }), { status: 200, body: { count: 0 } })
})

t.test('a port, or words, before the proxy make no other place to guess from', async (t) => {
  for (const forge of [(index: number) => `192.0.2.1:${50_000 + index}`, (index: number) => `[2001:db8::${index + 1}]:${50_000 + index}`, (index: number) => `, ;${index},:443`, (index: number) => `unknown-${index}`, (index: number) => index % 2 === 0 ? '::ffff:192.0.2.2' : '192.0.2.2']) {
    const { address } = await buildApp(t, { server: { trustProxy: true }, options: { login: { failuresPerMinute: 3, verify: () => null } } })
    const statuses: number[] = []
    for (let index = 0; index < 6; index++) statuses.push((await ask(address, 'POST', '/api/auth/login', { body: LOGIN, headers: { 'x-forwarded-for': forge(index) } })).status)
    t.same(statuses, [401, 401, 401, 429, 429, 429], forge(0))
  }
})

t.test('the app\'s own calls may name an address in any form', async (t) => {
  for (const [ip, stored] of [['::ffff:192.0.2.1', '192.0.2.1'], ['nowhere', null], ['2001:DB8::1', '2001:db8::1']] as const) {
    const { body } = await ask<LoginAnswer>(address, 'POST', '/api/auth/login', { body: LOGIN })
    await app.sessions.revoke(body.session.id, { ip })
    t.match(await database.query('select ip_address from live_session_event where session_id = $1 and type = \'ended\'', [body.session.id]), [{ ip_address: stored }])
  }
})

t.test('behind proxies that are named by their networks, what the last one says of the client is read, port and all', async (t) => {
  const { address } = await buildApp(t, { server: { trustProxy: '127.0.0.1/32, 10.0.0.0/8' } })
  const forms: Array<[header: string, shown: string | null]> = [
    ['192.0.2.1:51234', '192.0.2.1'], ['[2001:DB8::1]:443', '2001:db8::1'], ['198.51.100.9, 192.0.2.1:51234', '192.0.2.1'], ['192.0.2.1:51234, 10.0.0.5', '192.0.2.1'],
    ['unknown', null], ['_hidden, 10.0.0.5', null], ['"192.0.2.1"', '192.0.2.1'], ['192.0.2.1:999999', null]
  ]
  for (const [header, shown] of forms) {
    const { status, body } = await ask<LoginAnswer>(address, 'POST', '/api/auth/login', { body: LOGIN, headers: { 'x-forwarded-for': header } })
    t.equal(status, 200, header)
    t.equal(body.session.ipAddress, shown, header)
  }
})
