/** The same device again: known by a cookie that survives logouts, or by the client's own id; it opens nothing. */
import t from 'tap'
import { buildApp, PASSWORD } from '../helpers/app.ts'
import { ask, type Answer } from '../helpers/device.ts'
import { logInOn } from '../helpers/log-in-on.ts'

const SAME_SITE = { 'sec-fetch-site': 'same-origin' }
const YEAR_SECONDS = 31_536_000

/** For the tests that need no options of their own; each has a user of its own. */
const { address, database } = await buildApp(t)

async function cookieLogin (email: string, cookies: string[]): Promise<Answer> {
  return await ask(address, 'POST', '/api/auth/login', {
    body: { email, password: PASSWORD, transport: 'cookie' },
    headers: { ...SAME_SITE, ...(cookies.length === 0 ? {} : { cookie: cookies.join('; ') }) }
  })
}

/** `name=value` of a cookie that the answer sets. */
function cookieOf ({ headers }: Answer, name: string): string | undefined {
  return headers.getSetCookie().find((cookie) => cookie.startsWith(`${name}=`))?.split(';')[0]
}

async function statusOf (cookies: string[]): Promise<number> {
  return (await ask(address, 'GET', '/api/sessions/current', { headers: { ...SAME_SITE, cookie: cookies.join('; ') } })).status
}

t.test('a cookie login makes the device known for a year, out of reach of scripts; a bearer login sets no cookie', async (t) => {
  const answer = await cookieLogin('cookie@example.com', [])
  const set = answer.headers.getSetCookie().find((cookie) => cookie.startsWith('session-device=')) ?? ''
  t.match(set, new RegExp(`^session-device=[0-9a-f-]{36}\\.[\\w-]{22}; Max-Age=${YEAR_SECONDS}; Path=/; HttpOnly; SameSite=Lax$`))
  const bearer = await ask(address, 'POST', '/api/auth/login', { body: { email: 'cookie@example.com', password: PASSWORD } })
  t.same(bearer.headers.getSetCookie(), [])
})

t.test('a logout clears the session\'s cookie and leaves the device\'s', async (t) => {
  const login = await cookieLogin('logout@example.com', [])
  const cookies = [cookieOf(login, 'session') ?? '', cookieOf(login, 'session-device') ?? '']
  const logout = await ask(address, 'POST', '/api/auth/logout', { headers: { ...SAME_SITE, cookie: cookies.join('; ') } })
  t.equal(cookieOf(logout, 'session'), 'session=')
  t.equal(cookieOf(logout, 'session-device'), undefined)
})

t.test('a login from the same browser replaces its old session, and no other; from another browser it replaces none', async (t) => {
  const [first, elsewhere] = [await cookieLogin('browser@example.com', []), await cookieLogin('browser@example.com', [])]
  const device = cookieOf(first, 'session-device') ?? ''
  const second = await cookieLogin('browser@example.com', [device])
  t.equal(await statusOf([cookieOf(first, 'session') ?? '']), 401)
  t.equal(await statusOf([cookieOf(second, 'session') ?? '']), 200)
  t.equal(await statusOf([cookieOf(elsewhere, 'session') ?? '']), 200)
  t.match(await database.query("select reason from live_session_event where type = 'ended' and user_id = 'browser@example.com'"), [{ reason: 'concurrent_login' }])
  const guest = await cookieLogin('second@example.com', [device])
  t.equal(await statusOf([cookieOf(second, 'session') ?? '']), 200, 'another person at the same browser signs nobody out')
  t.equal(await statusOf([cookieOf(guest, 'session') ?? '']), 200)
})

t.test('a client\'s own device id does the same for apps', async (t) => {
  const [first, other] = [await logInOn(address, 'app', { userId: 'app@example.com', deviceId: 'installation-1' }), await logInOn(address, 'app', { userId: 'app@example.com', deviceId: 'installation-2' })]
  await logInOn(address, 'app', { userId: 'app@example.com', deviceId: 'installation-1' })
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
  const login = await cookieLogin('opens.nothing@example.com', [])
  t.equal(await statusOf([cookieOf(login, 'session-device') ?? '']), 401)
  for (const forged of ['session-device=%00', `session-device=${'x'.repeat(2_000)}`, 'session-device=']) {
    const answer = await cookieLogin('opens.nothing@example.com', [forged])
    t.equal(answer.status, 200)
    t.match(cookieOf(answer, 'session-device'), /^session-device=[0-9a-f-]{36}\.[\w-]{22}$/)
  }
})
