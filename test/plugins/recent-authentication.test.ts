/** Step-up for every login: an app that checks who it is in its own way notes the proof, and asks for a recent one on its own routes. */
import t from 'tap'
import { requireRecentAuthentication, type LiveSessionsOptions } from '../../plugins/index.ts'
import type { TestDatabase } from '../helpers/database.ts'
import { buildApp } from '../helpers/app.ts'
import { ask, type Answer } from '../helpers/device.ts'

const MINUTE = 60_000
const NEEDED = { status: 403, body: { code: 'SESSION_REAUTHENTICATION_REQUIRED' } }

/** An app without the `login` option: people come in with a passkey, say. */
async function buildPasskeyApp (t: Parameters<typeof buildApp>[0], options: Partial<LiveSessionsOptions> = {}) {
  const built = await buildApp(t, {
    options: { login: null, ...options },
    after (app) {
      app.post('/passkey/login', async (request) => await app.sessions.open(request, { userId: 'ada', claims: { role: 'chief' } }))
      app.post('/passkey/again', { onRequest: app.requireSession }, async (request) => await app.sessions.reauthenticated(request.session as NonNullable<typeof request.session>))
      app.post('/payout', { onRequest: requireRecentAuthentication(5 * MINUTE) }, async (request) => ({ paid: request.session?.userId }))
      app.post('/late', { preHandler: requireRecentAuthentication(5 * MINUTE) }, async () => ({ paid: true }))
    }
  })
  const { body } = await ask<{ token: string, session: { id: string } }>(built.address, 'POST', '/passkey/login')
  const device = { id: body.session.id, ask: async <Body = Record<string, unknown>>(method: string, path: string): Promise<Answer<Body>> => await ask<Body>(built.address, method, path, { token: body.token }) }
  return { ...built, device }
}

async function age (database: TestDatabase, minutes: number): Promise<void> {
  await database.query(`update live_session set authenticated_at = now() - interval '${minutes} minutes'`)
}

t.test('a fresh login counts; an old one needs a proof, which is then recent', async (t) => {
  const { device, database, address } = await buildPasskeyApp(t)
  for (const path of ['/payout', '/late']) {
    t.match(await ask(address, 'POST', path), { status: 401, body: { code: 'SESSION_REQUIRED' } }, 'without a session')
    t.match(await device.ask('POST', path), { status: 200 })
  }
  await age(database, 6)
  for (const path of ['/payout', '/late']) t.match(await device.ask('POST', path), NEEDED)
  t.same((await device.ask('POST', '/passkey/again')).body, { until: null }, 'without reauthenticateWithinMs the plugin itself asks for nothing')
  for (const path of ['/payout', '/late']) t.match(await device.ask('POST', path), { status: 200 })
})

t.test('reauthenticateWithinMs works without the login option, and the proof opens its routes', async (t) => {
  const { device, database, address } = await buildPasskeyApp(t, { reauthenticateWithinMs: 10 * MINUTE })
  await age(database, 11)
  t.match(await device.ask('DELETE', '/api/sessions/others'), NEEDED)
  const began = Date.now()
  const { body } = await device.ask<{ until: string }>('POST', '/passkey/again')
  t.ok(Math.abs(Date.parse(body.until) - began - 10 * MINUTE) < MINUTE)
  t.match(await device.ask('DELETE', '/api/sessions/others'), { status: 200 })
  t.equal((await ask(address, 'POST', '/api/auth/reauthenticate')).status, 404)
})

t.test('how recent it has to be may depend on the session, and may change', async (t) => {
  let within: number | null = null
  const { device, database } = await buildPasskeyApp(t, { reauthenticateWithinMs: ({ userId, claims }) => userId === 'ada' && claims['role'] === 'chief' ? within : 1 })
  await age(database, 11)
  t.match(await device.ask('DELETE', '/api/sessions/others'), { status: 200 })
  within = 10 * MINUTE
  t.match(await device.ask('DELETE', '/api/sessions/others'), NEEDED)
  within = 12 * MINUTE
  t.match(await device.ask('DELETE', '/api/sessions/others'), { status: 200 })
  for (const nonsense of [0, -1, 1.5, Number.NaN, '5 minutes', undefined, {}]) {
    within = nonsense as number
    t.match(await device.ask('DELETE', '/api/sessions/others'), { status: 500, body: { code: 'SESSION_CALLBACK_FAILED' } }, String(nonsense))
  }
})

t.test('a session that has ended is 401 for the guard, and takes no proof, though this node has not heard of its end', async (t) => {
  const { app, device, database } = await buildPasskeyApp(t)
  const session = await app.sessions.get(device.id)
  await database.query('update live_session set revoked_at = now(), revoked_reason = \'policy\'')
  await t.rejects(app.sessions.reauthenticated({ ...session, userId: 'ada', claims: {} }), { code: 'SESSION_REVOKED', statusCode: 401, reason: 'policy' })
  t.match(await device.ask('POST', '/payout'), { status: 401, body: { code: 'SESSION_REVOKED', reason: 'policy' } })
  t.match(await database.query('select count(*)::int from live_session where authenticated_at > created_at'), [{ count: 0 }])
})

t.test('a time that makes no sense is refused where the guard is made', async (t) => {
  for (const within of [0, -1, 1.5, Number.NaN, Infinity, '5', undefined, null]) t.throws(() => requireRecentAuthentication(within as number), { code: 'SESSION_CALL_INVALID' }, String(within))
})
