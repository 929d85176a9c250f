/** An app may use @fastify/cookie itself, wherever it registers it: its cookies and ours stand side by side. */
import fastifyCookie from '@fastify/cookie'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { buildApp, PASSWORD } from '../helpers/app.ts'
import { ask } from '../helpers/device.ts'
import { place, PLACEMENTS } from '../helpers/placements.ts'
import { cookiePair } from '../helpers/wire.ts'

const SAME_ORIGIN = { 'sec-fetch-site': 'same-origin' }

async function useCookies (scope: FastifyInstance): Promise<void> {
  await scope.register(fastifyCookie, { secret: 'the app\'s own secret for its own cookies' })
  scope.get('/own/cookies', async (request, reply) => {
    reply.setCookie('own', 'biscuit', { path: '/', signed: true })
    return { cookies: request.cookies, userId: request.session?.userId ?? null }
  })
  scope.post('/own/login', async (request, reply) => {
    const opened = await request.server.sessions.open(request, { userId: 'user@example.com' })
    reply.setCookie('own', 'biscuit', { path: '/' }).setSession(opened)
    return {}
  })
}

for (const placement of PLACEMENTS) {
  t.test(`our cookie works with the app's @fastify/cookie registered ${placement}`, async (t) => {
    const { address } = await buildApp(t, place(placement, useCookies))
    const body = { email: 'user@example.com', password: PASSWORD, transport: 'cookie' }
    const login = await ask(address, 'POST', '/api/auth/login', { body, headers: SAME_ORIGIN })
    t.equal(login.status, 200)
    const cookie = cookiePair(login.headers, 'session')
    t.equal((await ask(address, 'GET', '/api/sessions', { headers: { cookie } })).status, 200)

    if (placement !== 'not at all') {
      const own = await ask<{ cookies: Record<string, string> }>(address, 'GET', '/own/cookies', { headers: { cookie: `a=b; ${cookie}` } })
      t.match(own.body, { cookies: { a: 'b' } }, 'the app reads its cookies')
      t.match(cookiePair(own.headers, 'own'), /^own=biscuit\./, 'and signs them')
      t.match(own.body, { userId: 'user@example.com' }, 'and sees our session')

      const both = await ask(address, 'POST', '/own/login', { headers: SAME_ORIGIN })
      t.ok(cookiePair(both.headers, 'own'), 'its cookie and ours in one answer')
      t.ok(cookiePair(both.headers, 'session'))
    }

    const logout = await ask(address, 'POST', '/api/auth/logout', { headers: { cookie, ...SAME_ORIGIN } })
    t.match(logout, { status: 200, body: { count: 1 } })
    t.equal(cookiePair(logout.headers, 'session'), 'session=')
    t.match(await ask(address, 'GET', '/api/sessions', { headers: { cookie } }), { status: 401, body: { code: 'SESSION_REVOKED', reason: 'logout' } })
  })
}
