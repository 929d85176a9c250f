/** An administrator's cookie goes only with the administrator's own session. */
import { createSecretKey, randomBytes } from 'node:crypto'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { createAskApp } from '../../src/app/callbacks.ts'
import { adminRoutes, type AdminRoutesOptions } from '../../plugins/routes/admin.ts'
import { createCookieShadows } from '../../plugins/auth/cookie-shadows.ts'
import { createDeviceCookie } from '../../plugins/auth/device-cookie.ts'
import { kLook } from '../../plugins/auth/request-state.ts'
import { sessionCookie } from '../../plugins/auth/session-cookie.ts'
import { Refusal, type Verdict } from '../../src/admission/admission.ts'
import { createDeviceIds } from '../../src/device/device-id.ts'
import { sessionEnded, StoreUnavailable } from '../../src/errors.ts'

const ID = '0b7c0000-0000-4000-8000-000000000000'
const REPORT = { count: 1, revoked: [ID], confirmed: true, waitedMs: 1, nodes: { acknowledged: 1, lapsed: 0 }, sockets: { notified: 0 } }

/** The cookies of an answer to an administrator about whom the second look says `verdict`. */
async function cookiesWhen (t: Test, verdict: Verdict): Promise<unknown> {
  const app = Fastify()
  t.teardown(async () => { await app.close() })
  const record = { id: ID, userId: 'admin' } as unknown as Exclude<Verdict, Refusal>
  app.addHook('onRequest', async (request, reply) => { request[kLook] = { via: 'cookie', verdict: record, reply, next: undefined, asOf: null, guarded: false, fresh: false } })
  const cookie = { name: 'session', secure: false, sameSite: 'lax', path: '/', partitioned: false } as const
  const device = createDeviceCookie(cookie.name, createDeviceIds([createSecretKey(randomBytes(32))]))
  await app.register(sessionCookie, { ...cookie, shadows: createCookieShadows(cookie, '/api'), device, carriedSession: () => null, replaced: () => {}, now: Date.now })
  await app.register(adminRoutes, {
    admin: { authorize: () => true },
    askApp: createAskApp(() => {}),
    stepUp: async () => {},
    manager: { revoke: async () => REPORT },
    administration: {},
    admission: { stillAdmitted: () => verdict }
  } as unknown as AdminRoutesOptions)
  const { statusCode, headers } = await app.inject({ method: 'DELETE', url: `/admin/sessions/${ID}` })
  t.equal(statusCode, 200)
  return headers['set-cookie']
}

t.test('the cookie is cleared when the session has ended, and stays when that can not be checked', async (t) => {
  t.match(await cookiesWhen(t, new Refusal(sessionEnded('revoked_by_admin'), { id: ID, userId: 'admin' })), /^session=;/)
  t.equal(await cookiesWhen(t, new Refusal(new StoreUnavailable())), undefined)
})
