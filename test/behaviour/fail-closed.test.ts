/** Fail closed (R32): with neither lease nor database everything that needs a session is 503 with Retry-After, never 200, never 401. */
import t from 'tap'
import { requireSession } from '../../plugins/index.ts'
import { buildApp, PASSWORD } from '../helpers/app.ts'
import { ask, logIn, openSocket } from '../helpers/device.ts'
import { until } from '../helpers/cluster.ts'

t.test('R32: in doubt nobody is let in and nobody is signed out; when the tables are back, all is as before', async (t) => {
  const { app, address, database } = await buildApp(t, {
    options: { leaseMs: 300, renewalMs: 100, admin: { authorize: () => true } },
    after: (app) => {
      app.get('/guarded', { onRequest: requireSession }, async () => 'in')
      app.get('/public', async (request) => ({ session: request.session }))
    }
  })
  const device = await logIn(address)
  const cookie = `session=${device.token}`
  const sameOrigin = { 'sec-fetch-site': 'same-origin' }
  t.equal((await device.ask('GET', '/guarded')).status, 200)

  await database.query('alter table live_session_node rename to nodes_out_of_reach')
  await database.query('alter table live_session rename to sessions_out_of_reach')
  await until(async () => (await app.sessions.health()).lease, (leased) => !leased)
  const wanted = { status: 503, body: { statusCode: 503, code: 'SESSION_STORE_UNAVAILABLE' } }
  const asked: Array<[method: string, path: string, body?: unknown]> = [
    ['GET', '/guarded'], ['GET', '/api/sessions'], ['GET', '/api/sessions/current'], ['GET', `/api/sessions/${device.id}`], ['PATCH', `/api/sessions/${device.id}`, { deviceName: 'x' }],
    ['DELETE', `/api/sessions/${device.id}`], ['DELETE', '/api/sessions/others'], ['DELETE', '/api/sessions'], ['POST', '/api/auth/logout'], ['GET', '/api/admin/sessions'],
    ['POST', '/api/admin/sessions/revoke', { filter: { all: true } }], ['POST', '/api/auth/login', { email: 'user@example.com', password: PASSWORD }]
  ]
  for (const [method, path, body] of asked) {
    for (const credential of [{ token: device.token }, { headers: { cookie, ...sameOrigin } }]) {
      const answer = await ask(address, method, path, { ...credential, ...(body === undefined ? {} : { body }) })
      t.match(answer, wanted, `${method} ${path}`)
      t.ok(Number(answer.headers.get('retry-after')) > 0, `${method} ${path}: Retry-After`)
      t.equal(answer.headers.get('set-cookie'), null, `${method} ${path}: no cookie is touched`)
    }
  }
  const refused = await openSocket(address, ['live-sessions.v1', `bearer.${device.token}`]).refused
  t.match({ status: refused?.status, body: JSON.parse(refused?.body ?? 'null') as unknown }, wanted, 'the socket')
  t.match(await device.ask('GET', '/public'), { status: 200, body: { session: null } }, 'a public page is there, without a session')
  t.match(await device.ask('GET', '/api/sessions/current', { token: 'forged' }), { status: 401 }, 'a forged token is no matter of doubt')

  await database.query('alter table sessions_out_of_reach rename to live_session')
  await database.query('alter table nodes_out_of_reach rename to live_session_node')
  const back = await until(() => device.ask('GET', '/guarded'), ({ status }) => status !== 503)
  t.equal(back.status, 200)
})
