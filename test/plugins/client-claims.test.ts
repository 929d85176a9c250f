/** What a client says of itself: its address only as trusted proxies know it (R21), its User-Agent once, at login (R22). */
import t from 'tap'
import { buildApp, PASSWORD } from '../helpers/app.ts'
import { ask, logIn } from '../helpers/device.ts'

const LOGIN = { email: 'user@example.com', password: PASSWORD }
const EDGE = '203.0.113.7'

/** Without a proxy. */
const { address, database } = await buildApp(t)

interface LoggedIn { token: string, session: { id: string, ipAddress: string } }

t.test('R21: without a trusted proxy X-Forwarded-For and its like are nobody\'s address', async (t) => {
  for (const name of ['x-forwarded-for', 'x-real-ip', 'forwarded', 'x-client-ip', 'true-client-ip']) {
    const headers = { [name]: name === 'forwarded' ? 'for=198.51.100.1' : '198.51.100.1' }
    const { body: { token, session } } = await ask<LoggedIn>(address, 'POST', '/api/auth/login', { body: LOGIN, headers })
    t.equal(session.ipAddress, '127.0.0.1', name)
    await ask(address, 'GET', '/api/sessions/current', { token, headers })
    const { body } = await ask<{ addresses: Array<{ ip: string }> }>(address, 'GET', `/api/sessions/${session.id}`, { token, headers })
    t.same(body.addresses.map(({ ip }) => ip), ['127.0.0.1'], name)
  }
})

t.test('R21: behind one it is what the proxy added, and not what the client wrote before it', async (t) => {
  const { address } = await buildApp(t, { server: { trustProxy: '127.0.0.1' } })
  for (const written of [EDGE, `198.51.100.1, ${EDGE}`, `127.0.0.1, ${EDGE}`, `unknown, _x, 198.51.100.1:80, ${EDGE}`]) {
    const { status, body } = await ask<LoggedIn>(address, 'POST', '/api/auth/login', { body: LOGIN, headers: { 'x-forwarded-for': written } })
    t.equal(status, 200)
    t.equal(body.session.ipAddress, EDGE, written)
  }
})

t.test('R21: a forged address gets no further guesses at a password', async (t) => {
  const login = { verify: () => null, failuresPerMinute: 2 }
  const plain = await buildApp(t, { options: { login } })
  const proxied = await buildApp(t, { options: { login }, server: { trustProxy: '127.0.0.1' } })
  const guess = async (at: string, forwarded: string): Promise<number> => (await ask(at, 'POST', '/api/auth/login', { body: LOGIN, headers: { 'x-forwarded-for': forwarded } })).status
  const answers: number[][] = [[], []]
  for (let index = 1; index <= 4; index++) {
    answers[0]?.push(await guess(plain.address, `198.51.100.${index}`))
    answers[1]?.push(await guess(proxied.address, `198.51.100.${index}, ${EDGE}`))
  }
  t.same(answers, [[401, 401, 429, 429], [401, 401, 429, 429]])
  t.equal(await guess(proxied.address, '203.0.113.8'), 401, 'another client of the proxy is another address')
})

t.test('R22: the User-Agent names the device at login and never again; of a long one no more is kept than 512 characters', async (t) => {
  const windows = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
  const iphone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1'
  const { body: { token, session } } = await ask<LoggedIn>(address, 'POST', '/api/auth/login', { body: LOGIN, headers: { 'user-agent': windows } })
  const shown = async (userAgent: string): Promise<unknown> => (await ask(address, 'GET', `/api/sessions/${session.id}`, { token, headers: { 'user-agent': userAgent } })).body['deviceName']
  const name = await shown(windows)
  t.match(name, /Chrome/)
  t.equal(await shown(iphone), name)
  await ask(address, 'GET', '/api/sessions/current', { token, headers: { 'user-agent': iphone } })
  t.equal(await shown(iphone), name)

  const long = await ask<LoggedIn>(address, 'POST', '/api/auth/login', { body: LOGIN, headers: { 'user-agent': `${windows} ${'x'.repeat(12_000)}` } })
  t.equal(long.status, 200)
  const [row] = await database.query<{ length: number }>('select length(user_agent) as length from live_session where id = $1', [long.body.session.id])
  t.equal(row?.length, 512)
  t.equal((await (await logIn(address)).ask('GET', '/api/sessions')).status, 200)
})
