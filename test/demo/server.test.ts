/** The demo as a process: it says where it is, answers, keeps what it was told, and ends in time. */
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { STATUS_CODES } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import t, { test } from 'tap'
import WebSocket from 'ws'
import { createDatabase, createEmptyDatabase, startPostgres } from '../helpers/database.ts'
import { DEMO_PASSWORD } from '../../src/demo/accounts.ts'
import { ask } from '../helpers/device.ts'
import { makeFolder, runDemo, startDemo } from '../helpers/demo-process.ts'

const JWT_SECRET = 'x'.repeat(32)
const RULE = 'logoutFromAllDevices'
/** One node for all tests that only ask it something, and one for what SESSION_OPTIONS do. */
const shared = await startDemo(t, { DATABASE_URL: (await createDatabase(t)).url, JWT_SECRET, DEMO_OPEN_LOGIN: '1' })
const configured = await startDemo(t, {
  DATABASE_URL: (await createDatabase(t)).url,
  JWT_SECRET,
  DEMO_OPEN_LOGIN: '1',
  SESSION_OPTIONS: JSON.stringify({
    prefix: '/v1', login: { failuresPerMinute: 100 }, reauthenticateWithinMs: 1, preventConcurrentLogin: RULE, admin: null, redis: null
  })
})

async function logIn (address: string, email = 'user@example.com', prefix = '/api'): Promise<string> {
  const { body } = await ask<{ token: string }>(address, 'POST', `${prefix}/auth/login`, { body: { email, password: DEMO_PASSWORD } })
  return body.token
}

async function me (address: string, token: string): Promise<{ status: number, user?: { email: string } }> {
  const response = await fetch(`${address}/api/me`, { headers: { authorization: `Bearer ${token}` } })
  return { status: response.status, ...await response.json() as object }
}

test('the ready line says where it listens; health, the page and the published client are there', async (t) => {
  const { address, ready } = await startDemo(t, { DATABASE_URL: (await createEmptyDatabase(t)).url, JWT_SECRET }, { asBuilt: true })
  t.match(address, /^http:\/\/127\.0\.0\.1:\d+$/)
  t.equal(ready['msg'], 'ready')
  t.equal((await fetch(`${address}/health/live`)).status, 200)
  const health = await fetch(`${address}/health/ready`)
  t.equal(health.status, 200)
  t.match(await health.json(), { database: true, bus: true, lease: true })

  const page = await fetch(address)
  t.match(page.headers.get('content-type'), /text\/html/)
  t.match(page.headers.get('content-security-policy'), /default-src 'none'/)
  t.equal(page.headers.get('x-content-type-options'), 'nosniff')
  for (const module of ['/app.js', '/client/index.js', '/protocol.js']) {
    const response = await fetch(address + module)
    t.equal(response.status, 200, module)
    t.match(response.headers.get('content-type'), /javascript/, module)
  }
})

test('what is not there is 404 in JSON, and files beside the client stay hidden', async (t) => {
  const { address } = shared
  for (const path of ['/nowhere', '/api/nowhere', '/client/index.d.ts', '/client/..%2foptions.js', '/client/%2e%2e/%2e%2e/package.json', '/pages/app.js']) {
    const response = await fetch(address + path)
    t.ok([403, 404].includes(response.status), `${path}: ${response.status}`)
    t.match(response.headers.get('content-type'), /application\/json/, path)
  }
})

test('what the router answers by itself under the prefix is for no cache, and has the shape of all errors', async (t) => {
  const { address } = shared
  const asked: Array<[path: string, status: number, code: string]> = [
    ['/api/nowhere', 404, 'NOT_FOUND'], ['/api/sessions/current/nowhere?x=1', 404, 'NOT_FOUND'], ['/api/sessions/%zz', 400, 'FST_ERR_BAD_URL'], ['/api/%', 400, 'FST_ERR_BAD_URL']
  ]
  for (const [path, status, code] of asked) {
    const response = await fetch(address + path)
    t.equal(response.headers.get('cache-control'), 'no-store', path)
    t.match(await response.json(), { statusCode: status, code, error: STATUS_CODES[status], message: String })
    t.equal(response.status, status)
  }
})

test('an id that is too long to be one is not found', async (t) => {
  const { address } = shared
  const headers = { authorization: `Bearer ${await logIn(address)}` }
  for (const length of [101, 255, 5_000]) {
    for (const method of ['GET', 'DELETE']) {
      const response = await fetch(`${address}/api/sessions/${'x'.repeat(length)}`, { method, headers })
      t.match({ status: response.status, ...await response.json() as object }, { status: 404, code: 'SESSION_NOT_FOUND' })
    }
  }
})

test('an administrator asks who ids are, and who has an address; others are refused', async (t) => {
  const { address } = shared
  const token = await logIn(address, 'admin@example.com')
  t.match(await ask(address, 'POST', '/api/admin/people', { token, body: { ids: ['user-1', 'admin-1', 'nobody'] } }), {
    status: 200, body: { labels: { 'user-1': 'user@example.com', 'admin-1': 'admin@example.com', nobody: 'nobody' } }
  })
  t.match(await ask(address, 'POST', '/api/admin/people/find', { token, body: { email: 'user@example.com' } }), { status: 200, body: { id: 'user-1' } })
  t.match(await ask(address, 'POST', '/api/admin/people/find', { token, body: { email: 'iphone' } }), { status: 200, body: { id: null } })

  const user = { token: await logIn(address) }
  for (const [path, body] of [['/api/admin/people', { ids: ['user-1'] }], ['/api/admin/people/find', { email: 'user@example.com' }]] as const) {
    t.match(await ask(address, 'POST', path, { ...user, body }), { status: 403, body: { code: 'SESSION_FORBIDDEN' } })
    t.match(await ask(address, 'POST', path, { body }), { status: 401, body: { code: 'SESSION_REQUIRED' } })
  }
})

test('a demo account reads who it is; nobody else does', async (t) => {
  const { address } = shared
  t.equal((await fetch(`${address}/api/me`)).status, 401)
  t.match(await me(address, await logIn(address)), { status: 200, user: { id: 'user-1', email: 'user@example.com', admin: false } })
  t.match(await me(address, await logIn(address, 'admin@example.com')), { user: { admin: true } })
  t.match(await me(address, await logIn(address, 'anybody@example.org')), { user: { id: 'anybody@example.org' } })
})

test('SESSION_OPTIONS are merged: another limit on logins leaves the accounts in place, another prefix moves every route', async (t) => {
  const { address } = configured
  const body = JSON.stringify({ email: 'user@example.com', password: DEMO_PASSWORD })
  const login = await fetch(`${address}/v1/auth/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  t.equal(login.status, 200)
  t.equal((await fetch(`${address}/v1/me`)).status, 401)
  t.equal((await fetch(`${address}/api/me`)).status, 404)
  t.match(await (await fetch(`${address}/demo.json`)).json(), { prefix: '/v1' })
})

test('groups of SESSION_OPTIONS that are null are left out', async (t) => {
  const { address } = configured
  const headers = { authorization: `Bearer ${await logIn(address, 'admin@example.com', '/v1')}` }
  t.equal((await fetch(`${address}/v1/sessions`, { headers })).status, 200)
  t.equal((await fetch(`${address}/v1/admin/sessions`, { headers })).status, 404)
})

test('what SESSION_OPTIONS say is not the administrator\'s to switch', async (t) => {
  const { address } = configured
  const token = await logIn(address, 'admin@example.com', '/v1')
  t.equal((await ask(address, 'POST', '/v1/admin/people', { token, body: { ids: ['user-1'] } })).status, 200, 'the demo\'s other routes for administrators are there')
  t.equal((await ask(address, 'GET', '/v1/admin/settings', { token })).status, 404)
  const first = await logIn(address, 'user@example.com', '/v1')
  await logIn(address, 'user@example.com', '/v1')
  t.match(await ask(address, 'GET', '/v1/sessions/current', { token: first }), { status: 401, body: { reason: 'concurrent_login' } })
})

test('step-up can be switched on: the demo confirms the password of its accounts, and of whoever is let in by open login', async (t) => {
  const { address } = configured
  for (const email of ['user@example.com', 'anybody@example.org']) {
    const headers = { authorization: `Bearer ${await logIn(address, email, '/v1')}`, 'content-type': 'application/json' }
    const post = async (body: unknown): Promise<Response> => await fetch(`${address}/v1/auth/reauthenticate`, { method: 'POST', headers, body: JSON.stringify(body) })
    t.equal((await fetch(`${address}/v1/sessions/others`, { method: 'DELETE', headers })).status, 403)
    for (const body of [{ password: 'wrong' }, {}]) t.match(await (await post(body)).json(), { statusCode: 401, code: 'INVALID_CREDENTIALS' })
    t.match(await (await post({ password: DEMO_PASSWORD })).json(), { until: /Z$/ })
  }
})

test('a node whose database is gone is alive, but not ready, and says which part is not well', async (t) => {
  const postgres = await startPostgres(t)
  if (postgres === null) return
  const { address } = await startDemo(t, { DATABASE_URL: postgres.url, JWT_SECRET })
  await postgres.kill()
  const response = await fetch(`${address}/health/ready`)
  t.equal(response.status, 503)
  t.match(await response.json(), { database: false, bus: true })
  t.equal((await fetch(`${address}/health/live`)).status, 200)
  t.equal((await fetch(address)).status, 200, 'public pages as well')
})

test('the embedded demo refuses a second process on its DATA_DIR, keeps its sessions, its secret and its administrator\'s switch through a kill, and a crash leaves no lock behind', async (t) => {
  const DATA_DIR = join(makeFolder(t), 'data')
  const first = await startDemo(t, { DATA_DIR }, { asBuilt: true })
  const admin = await logIn(first.address, 'admin@example.com')
  t.equal((await ask(first.address, 'PUT', '/api/admin/settings', { token: admin, body: { preventConcurrentLogin: RULE } })).status, 200)
  const before = await logIn(first.address)
  const token = await logIn(first.address)
  t.match(await ask(first.address, 'GET', '/api/sessions/current', { token: before }), { status: 401, body: { reason: 'concurrent_login' } })
  t.equal(statSync(join(DATA_DIR, 'jwt-secret')).mode & 0o777, 0o600)

  const refused = await runDemo(t, { DATA_DIR })
  t.equal(refused.code, 1, 'the exit code')
  t.match(refused.stderr, /^fastify-live-sessions demo: DATA_DIR is in use/)
  t.match(refused.stderr, /^[^\n]+\n$/, 'one line')
  t.equal((await fetch(`${first.address}/health/ready`)).status, 200, 'the first goes on')
  await first.end('SIGKILL')

  const second = await startDemo(t, { DATA_DIR })
  t.match(await me(second.address, token), { status: 200, user: { email: 'user@example.com' } })
  const again = await logIn(second.address, 'admin@example.com')
  t.match(await ask(second.address, 'GET', '/api/admin/settings', { token: again }), { status: 200, body: { preventConcurrentLogin: RULE } })
  t.equal((await second.end('SIGTERM')).code, 0)
  t.throws(() => readFileSync(join(DATA_DIR, 'lock')), { code: 'ENOENT' }, 'the lock is released')
})

// Last in this file: they end the nodes that all others ask.
for (const [signal, node, prefix] of [['SIGTERM', shared, '/api'], ['SIGINT', configured, '/v1']] as const) {
  test(`${signal} ends it with code 0 within 5 s, though sockets sit silent`, async (t) => {
    const { port } = new URL(node.address)
    const silent = connect(Number(port), '127.0.0.1').on('error', () => {})
    await once(silent, 'connect')
    const token = await logIn(node.address, 'user@example.com', prefix)
    const deaf = new WebSocket(`${node.address.replace('http', 'ws')}${prefix}/sessions/socket`, ['live-sessions.v1', `bearer.${token}`])
    deaf.on('error', () => {})
    await once(deaf, 'message')
    deaf.pause()
    t.teardown(() => { silent.destroy(); deaf.terminate() })

    const { code, ms } = await node.end(signal)
    t.equal(code, 0)
    t.ok(ms < 5_000, `${Math.round(ms)} ms`)
  })
}
