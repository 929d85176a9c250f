/** No session in plain text (R15): in production behind a trusted proxy, or wherever `requireTls` says so, unless nothing crosses a network. */
import t, { type Test } from 'tap'
import { buildApp, PASSWORD, type TestApp } from '../helpers/app.ts'
import { ask, logIn, openSocket } from '../helpers/device.ts'

interface Deployment {
  production: boolean
  /** The networks of the proxies. */
  trustProxy?: string
  requireTls?: boolean | 'auto'
}

interface Deployed extends TestApp {
  cookieName: string
  /** How many passwords were checked. */
  checks: () => number
}

/** NODE_ENV is read when the plugin is registered. */
async function deploy (t: Test, { production, trustProxy, requireTls }: Deployment): Promise<Deployed> {
  let checks = 0
  const before = process.env['NODE_ENV']
  process.env['NODE_ENV'] = production ? 'production' : 'test'
  try {
    const built = await buildApp(t, {
      server: trustProxy === undefined ? {} : { trustProxy },
      options: {
        ...(requireTls === undefined ? {} : { requireTls }),
        // Its own name and Secure, as by default.
        ...(production ? { cookie: {} } : {}),
        login: {
          verify: ({ body }) => {
            checks++
            return body.password === PASSWORD ? { id: body.email } : null
          }
        }
      },
      after: (app) => {
        app.get('/public', async (request) => ({ userId: request.session?.userId ?? null }))
        app.post('/own-login', async (request) => await app.sessions.open(request, { userId: 'user@example.com' }))
      }
    })
    return { ...built, cookieName: production ? '__Host-session' : 'session', checks: () => checks }
  } finally {
    if (before === undefined) delete process.env['NODE_ENV']
    else process.env['NODE_ENV'] = before
  }
}

const CLIENT = '203.0.113.7'
const LOGIN = { email: 'user@example.com', password: PASSWORD }

type Headers = Record<string, string>

/** What a proxy on this machine hands on. */
const SECURE: Record<string, Headers> = {
  'over https': { 'x-forwarded-for': CLIENT, 'x-forwarded-proto': 'https' },
  'over HTTPS, in capitals': { 'x-forwarded-for': CLIENT, 'x-forwarded-proto': 'HTTPS' },
  'over wss, as some proxies say of a WebSocket': { 'x-forwarded-for': CLIENT, 'x-forwarded-proto': 'wss' },
  'over https, though the client wrote http': { 'x-forwarded-for': CLIENT, 'x-forwarded-proto': 'http, https' },
  'from this machine itself': {},
  'from this machine, through the proxy': { 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http' },
  'from this machine, by IPv6': { 'x-forwarded-for': '::1', 'x-forwarded-proto': 'http' }
}
const PLAIN: Record<string, Headers> = {
  'over http': { 'x-forwarded-for': CLIENT, 'x-forwarded-proto': 'http' },
  'over ws': { 'x-forwarded-for': CLIENT, 'x-forwarded-proto': 'ws' },
  'with no word of the protocol': { 'x-forwarded-for': CLIENT },
  'over http, though the client wrote https and this machine\'s address': { 'x-forwarded-for': `127.0.0.1, ${CLIENT}`, 'x-forwarded-proto': 'https, http' },
  'from an address that only looks like this machine\'s': { 'x-forwarded-for': '127.example', 'x-forwarded-proto': 'http' },
  'by IPv6, over http': { 'x-forwarded-for': '2001:db8::1', 'x-forwarded-proto': 'http' }
}

/** What each way to a session answers: a status, and the code of a refusal. */
async function outcomes ({ address, cookieName }: Deployed, headers: Headers): Promise<Record<string, string>> {
  const { token } = await logIn(address)
  const cookie = `${cookieName}=${token}`
  const sameOrigin = { 'sec-fetch-site': 'same-origin' }
  const said = async (method: string, path: string, options: Parameters<typeof ask>[3]): Promise<string> => {
    const { status, body } = await ask<{ code?: string }>(address, method, path, { ...options, headers: { ...headers, ...options?.headers } })
    return `${status} ${body.code ?? ''}`.trim()
  }
  const socket = openSocket(address, ['live-sessions.v1', `bearer.${token}`], headers)
  const refused = await socket.refused
  socket.ws.terminate()
  return {
    login: await said('POST', '/api/auth/login', { body: LOGIN }),
    'login for the cookie': await said('POST', '/api/auth/login', { body: { ...LOGIN, transport: 'cookie' }, headers: sameOrigin }),
    'the app\'s own login': await said('POST', '/own-login', {}),
    'by bearer': await said('GET', '/api/sessions/current', { token }),
    'by cookie': await said('GET', '/api/sessions/current', { headers: { cookie } }),
    'an unsafe request by cookie': await said('DELETE', '/api/sessions/others', { headers: { cookie, ...sameOrigin } }),
    socket: refused === null ? '200' : `${refused.status} ${(JSON.parse(refused.body) as { code: string }).code}`
  }
}

async function serves (t: Test, app: Deployed, headers: Headers, what: string): Promise<void> {
  for (const [way, said] of Object.entries(await outcomes(app, headers))) t.equal(said, '200', `${what}: ${way}`)
}

async function refuses (t: Test, app: Deployed, headers: Headers, what: string): Promise<void> {
  const { address, checks } = app
  const before = checks()
  for (const [way, said] of Object.entries(await outcomes(app, headers))) t.equal(said, '403 SESSION_TLS_REQUIRED', `${what}: ${way}`)
  t.equal(checks(), before + 1, `${what}: no password was checked but that of the session itself`)
  const { token } = await logIn(address)
  t.match(await ask(address, 'GET', '/public', { headers, token }), { status: 200, body: { userId: null } }, `${what}: public pages are there, without a session`)
  t.match(await ask(address, 'GET', '/api/sessions/current', { headers }), { status: 401, body: { code: 'SESSION_REQUIRED' } }, `${what}: without a token it is as ever`)
}

const production = await deploy(t, { production: true, trustProxy: '127.0.0.1' })

t.test('in production behind a trusted proxy a session is served over HTTPS, and from this machine, only', async (t) => {
  for (const [what, headers] of Object.entries(SECURE)) await serves(t, production, headers, what)
  for (const [what, headers] of Object.entries(PLAIN)) await refuses(t, production, headers, what)
})

t.test('a refusal says what to look at', async (t) => {
  const { address } = production
  t.match(await ask(address, 'POST', '/api/auth/login', { body: LOGIN, headers: { 'x-forwarded-for': CLIENT } }), {
    status: 403, body: { statusCode: 403, code: 'SESSION_TLS_REQUIRED', error: 'Forbidden', message: /X-Forwarded-Proto.*trustProxy/ }
  })
})

t.test('a node that is asked past its proxy believes nobody, and serves no session in plain text', async (t) => {
  const { app } = production
  const asked = async (remoteAddress: string): Promise<number> => (await app.inject({ method: 'POST', url: '/api/auth/login', payload: LOGIN, remoteAddress, headers: { 'x-forwarded-proto': 'https' } })).statusCode
  t.equal(await asked(CLIENT), 403)
  t.equal(await asked('127.0.0.1'), 200)
})

t.test('by itself it asks for nothing outside production, without a proxy, or where it is switched off', async (t) => {
  const deployments: Deployment[] = [
    { production: true }, { production: false, trustProxy: '127.0.0.1' }, { production: true, trustProxy: '127.0.0.1', requireTls: false }
  ]
  for (const deployment of deployments) {
    const app = await deploy(t, deployment)
    for (const [what, headers] of Object.entries(PLAIN)) await serves(t, app, headers, `${JSON.stringify(deployment)}, ${what}`)
    const { statusCode } = await app.app.inject({ method: 'POST', url: '/api/auth/login', payload: LOGIN, remoteAddress: CLIENT })
    t.equal(statusCode, 200, `${JSON.stringify(deployment)}, straight from a client`)
  }
})

t.test('switched on it asks for it everywhere: outside production, and of an app that ends TLS itself', async (t) => {
  const proxied = await deploy(t, { production: false, trustProxy: '127.0.0.1', requireTls: true })
  for (const [what, headers] of Object.entries(SECURE)) await serves(t, proxied, headers, what)
  for (const [what, headers] of Object.entries(PLAIN)) await refuses(t, proxied, headers, what)
  const { app } = await deploy(t, { production: false, requireTls: true })
  const { statusCode } = await app.inject({ method: 'POST', url: '/api/auth/login', payload: LOGIN, remoteAddress: CLIENT, headers: { 'x-forwarded-proto': 'https' } })
  t.equal(statusCode, 403, 'what a client writes is not believed')
})
