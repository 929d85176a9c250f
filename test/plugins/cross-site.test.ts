/** Unsafe requests with the cookie, and logins that set it, come from the own pages or an allowed origin (R13). */
import t from 'tap'
import { buildApp, PASSWORD } from '../helpers/app.ts'
import { ask, logIn } from '../helpers/device.ts'
import { askRaw } from '../helpers/wire.ts'

const ALLOWED = 'https://app.example.com'

type Site = 'same-origin' | 'none' | 'same-site' | 'cross-site' | undefined
type Origin = 'own' | 'allowed' | 'foreign' | 'null' | undefined

const SITES: Site[] = ['same-origin', 'none', 'same-site', 'cross-site', undefined]
const ORIGINS: Origin[] = ['own', 'allowed', 'foreign', 'null', undefined]

/** The contract's table. */
function mayPass (site: Site, origin: Origin): boolean {
  if (site === 'same-origin' || site === 'none') return true
  if (site === 'same-site') return origin === 'allowed'
  return origin === 'own' || origin === 'allowed'
}

function headersOf (address: string, site: Site, origin: Origin): Record<string, string> {
  const origins = { own: address, allowed: ALLOWED, foreign: 'https://evil.example', null: 'null' }
  return { ...(site === undefined ? {} : { 'sec-fetch-site': site }), ...(origin === undefined ? {} : { origin: origins[origin] }) }
}

t.test('every combination of Sec-Fetch-Site and Origin', async (t) => {
  const { address } = await buildApp(t, { options: { allowedOrigins: [ALLOWED] } })
  const { token, id } = await logIn(address)
  const cookie = `session=${token}`
  const login = { email: 'user@example.com', password: PASSWORD }
  for (const site of SITES) {
    for (const origin of ORIGINS) {
      const what = `${site ?? 'no'} site, ${origin ?? 'no'} origin`
      const headers = headersOf(address, site, origin)
      const expected = mayPass(site, origin) ? { status: 200 } : { status: 403, body: { code: 'SESSION_ORIGIN_FORBIDDEN' } }
      t.match(await ask(address, 'DELETE', '/api/sessions/others', { headers: { cookie, ...headers } }), expected, `DELETE with the cookie, ${what}`)
      t.match(await ask(address, 'PATCH', `/api/sessions/${id}`, { headers: { cookie, ...headers }, body: { deviceName: 'x' } }), expected, `PATCH with the cookie, ${what}`)
      t.match(await ask(address, 'POST', '/api/auth/login', { headers, body: { ...login, transport: 'cookie', email: 'other@example.com' } }), expected, `a login for the cookie, ${what}`)
      t.match(await ask(address, 'POST', '/api/auth/login', { headers: { cookie, ...headers }, body: { ...login, email: 'other@example.com' } }), { status: 200 }, `a login by bearer, ${what}`)
      t.match(await ask(address, 'PATCH', `/api/sessions/${id}`, { headers, token, body: { deviceName: 'x' } }), { status: 200 }, `by bearer, ${what}`)
      t.match(await ask(address, 'PATCH', `/api/sessions/${id}`, { headers: { cookie, ...headers }, token, body: { deviceName: 'x' } }), { status: 200 }, `by bearer, with the cookie beside it, ${what}`)
      t.match(await ask(address, 'GET', '/api/sessions', { headers: { cookie, ...headers } }), { status: 200 }, `a safe request, ${what}`)
    }
  }
})

t.test('the routes that an ended session may still ask are no way around it', async (t) => {
  const { address } = await buildApp(t)
  const { token, id } = await logIn(address)
  const headers = { cookie: `session=${token}`, 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
  for (const [method, path] of [['POST', '/api/auth/logout'], ['DELETE', '/api/sessions'], ['DELETE', `/api/sessions/${id}`]] as const) {
    t.match(await ask(address, method, path, { headers }), { status: 403, body: { code: 'SESSION_ORIGIN_FORBIDDEN' } }, `${method} ${path}`)
  }
  t.equal((await ask(address, 'GET', '/api/sessions', { token })).status, 200)
})

t.test('behind a trusted proxy the own origin is what the client sees', async (t) => {
  const { address } = await buildApp(t, { server: { trustProxy: '127.0.0.1' } })
  const { token } = await logIn(address)
  const asked = async (origin: string): Promise<number> => (await ask(address, 'DELETE', '/api/sessions/others', {
    headers: { cookie: `session=${token}`, origin, 'x-forwarded-proto': 'https', 'x-forwarded-host': 'app.example.com' }
  })).status
  t.equal(await asked('https://app.example.com'), 200)
  t.equal(await asked('http://app.example.com'), 403)
  t.equal(await asked(address), 403)
})

t.test('the own origin is the same in capitals, and with its protocol\'s own port; what only looks like it is foreign', async (t) => {
  const { address } = await buildApp(t, { options: { allowedOrigins: [ALLOWED] } })
  const { token } = await logIn(address)
  const asked = async (host: string, origin: string): Promise<number> => {
    const answer = await askRaw(address, 'DELETE', '/api/sessions/others', { host, origin, cookie: `session=${token}`, 'content-length': '0' })
    return Number(answer.split(' ')[1])
  }
  for (const [host, origin] of [
    ['app.example', 'http://app.example'], ['app.example:80', 'http://app.example'], ['APP.example', 'http://app.example'],
    ['app.example:8080', 'http://app.example:8080'], ['[::1]:8080', 'http://[::1]:8080'], ['elsewhere', ALLOWED]
  ] as const) t.equal(await asked(host, origin), 200, `${origin} at ${host}`)
  for (const [host, origin] of [
    ['app.example', 'http://app.example:80'], ['app.example', 'http://APP.example'], ['elsewhere', `${ALLOWED}:443`], ['app.example', 'https://app.example'], ['app.example:443', 'https://app.example'], ['app.example', 'http://app.example:8080'], ['app.example:8080', 'http://app.example'],
    ['app.example', 'http://app.example.evil'], ['app.example', 'http://evil-app.example'], ['app.example', 'http://app.example@evil'], ['app.example', 'http://app.example/'],
    ['app.example', 'http://app.example/evil'], ['app.example', 'http://app.example#evil'], ['app.example', 'http://evil\\app.example'], ['app.example', 'app.example'], ['app.example', 'http://'],
    ['app.example', 'null'], ['null', 'null'], ['', 'null'], ['', 'http://'], ['[', 'null'], ['[', 'http://['], ['evil@app.example', 'http://app.example'], ['app.example/x', 'http://app.example'],
    ['app.example?x', 'http://app.example'], ['app.example:99999', 'null'], ['elsewhere', 'http://app.example.com']
  ] as const) t.equal(await asked(host, origin), 403, `${origin} at ${host}`)
})
