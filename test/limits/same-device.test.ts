/** The same device again: known by a cookie that survives logouts, or by the client's own id; it opens nothing. */
import t from 'tap'
import { buildApp, PASSWORD } from '../helpers/app.ts'
import { ask, type Answer } from '../helpers/device.ts'
import { logInOn } from '../helpers/log-in-on.ts'

const SAME_SITE = { 'sec-fetch-site': 'same-origin' }
const YEAR_SECONDS = 31_536_000

async function cookieLogin (address: string, cookies: string[], email = 'user@example.com'): Promise<Answer> {
  return await ask(address, 'POST', '/api/auth/login', {
    body: { email, password: PASSWORD, transport: 'cookie' },
    headers: { ...SAME_SITE, ...(cookies.length === 0 ? {} : { cookie: cookies.join('; ') }) }
  })
}

/** `name=value` of a cookie that the answer sets. */
function cookieOf ({ headers }: Answer, name: string): string | undefined {
  return headers.getSetCookie().find((cookie) => cookie.startsWith(`${name}=`))?.split(';')[0]
}

async function statusOf (address: string, cookies: string[]): Promise<number> {
  return (await ask(address, 'GET', '/api/sessions/current', { headers: { ...SAME_SITE, cookie: cookies.join('; ') } })).status
}

t.test('a cookie login makes the device known for a year, out of reach of scripts; a bearer login sets no cookie', async (t) => {
  const { address } = await buildApp(t)
  const answer = await cookieLogin(address, [])
  const set = answer.headers.getSetCookie().find((cookie) => cookie.startsWith('session-device=')) ?? ''
  t.match(set, new RegExp(`^session-device=[0-9a-f-]{36}\\.[\\w-]{22}; Max-Age=${YEAR_SECONDS}; Path=/; HttpOnly; SameSite=Lax$`))
  const bearer = await ask(address, 'POST', '/api/auth/login', { body: { email: 'user@example.com', password: PASSWORD } })
  t.same(bearer.headers.getSetCookie(), [])
})

t.test('a logout clears the session\'s cookie and leaves the device\'s', async (t) => {
  const { address } = await buildApp(t)
  const login = await cookieLogin(address, [])
  const cookies = [cookieOf(login, 'session') ?? '', cookieOf(login, 'session-device') ?? '']
  const logout = await ask(address, 'POST', '/api/auth/logout', { headers: { ...SAME_SITE, cookie: cookies.join('; ') } })
  t.equal(cookieOf(logout, 'session'), 'session=')
  t.equal(cookieOf(logout, 'session-device'), undefined)
})

t.test('a login from the same browser replaces its old session, and no other; from another browser it replaces none', async (t) => {
  const { address, database } = await buildApp(t)
  const [first, elsewhere] = [await cookieLogin(address, []), await cookieLogin(address, [])]
  const device = cookieOf(first, 'session-device') ?? ''
  const second = await cookieLogin(address, [device])
  t.equal(await statusOf(address, [cookieOf(first, 'session') ?? '']), 401)
  t.equal(await statusOf(address, [cookieOf(second, 'session') ?? '']), 200)
  t.equal(await statusOf(address, [cookieOf(elsewhere, 'session') ?? '']), 200)
  t.match(await database.query("select reason from live_session_event where type = 'ended'"), [{ reason: 'concurrent_login' }])
  const guest = await cookieLogin(address, [device], 'second@example.com')
  t.equal(await statusOf(address, [cookieOf(second, 'session') ?? '']), 200, 'another person at the same browser signs nobody out')
  t.equal(await statusOf(address, [cookieOf(guest, 'session') ?? '']), 200)
})

t.test('a client\'s own device id does the same for apps', async (t) => {
  const { address } = await buildApp(t)
  const [first, other] = [await logInOn(address, 'app', { deviceId: 'installation-1' }), await logInOn(address, 'app', { deviceId: 'installation-2' })]
  await logInOn(address, 'app', { deviceId: 'installation-1' })
  t.match(await first.ask('GET', '/api/sessions/current'), { status: 401, body: { reason: 'concurrent_login' } })
  t.equal((await other.ask('GET', '/api/sessions/current')).status, 200)
})

t.test('replaceSameDevice off: both sessions stay', async (t) => {
  const { address } = await buildApp(t, { options: { replaceSameDevice: false } })
  const first = await logInOn(address, 'app', { deviceId: 'installation-1' })
  await logInOn(address, 'app', { deviceId: 'installation-1' })
  t.equal((await first.ask('GET', '/api/sessions/current')).status, 200)
})

t.test('the device\'s cookie opens nothing, and a forged one is no more than another device', async (t) => {
  const { address } = await buildApp(t)
  const login = await cookieLogin(address, [])
  t.equal(await statusOf(address, [cookieOf(login, 'session-device') ?? '']), 401)
  for (const forged of ['session-device=%00', `session-device=${'x'.repeat(2_000)}`, 'session-device=']) {
    const answer = await cookieLogin(address, [forged])
    t.equal(answer.status, 200)
    t.match(cookieOf(answer, 'session-device'), /^session-device=[0-9a-f-]{36}\.[\w-]{22}$/)
  }
})
