/** An administrator's cookie goes only with the administrator's own session. */
import { createSecretKey, randomBytes } from 'node:crypto'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { createAskApp } from '../../src/app/callbacks.ts'
import { adminRoutes, type AdminRoutesOptions } from '../../plugins/routes/admin.ts'
import { startAuthentication } from '../../plugins/auth/request-authentication.ts'
import { createDuplicateCookies } from '../../plugins/cookies/duplicate-cookies.ts'
import { createDeviceCookie } from '../../plugins/cookies/device-cookie.ts'
import { createSessionCookie, decorateReplies } from '../../plugins/cookies/session-cookie.ts'
import { Rejection, type AdmissionResult } from '../../src/admission/admission-result.ts'
import { createDeviceIds } from '../../src/device/device-id.ts'
import { sessionEnded, StoreUnavailable } from '../../src/errors.ts'

const ID = '0b7c0000-0000-4000-8000-000000000000'
const REPORT = { count: 1, revoked: [ID], confirmed: true, waitedMs: 1, nodes: { acknowledged: 1, lapsed: 0 }, sockets: { notified: 0 } }

/** The cookies of an answer to an administrator about whom the recheck says `result`. */
async function cookiesWhen (t: Test, result: AdmissionResult): Promise<unknown> {
  const app = Fastify()
  t.teardown(async () => { await app.close() })
  const record = { id: ID, userId: 'admin', confirmed: true } as unknown as Exclude<AdmissionResult, Rejection>
  app.addHook('onRequest', async (request, reply) => { startAuthentication(request, reply, undefined, true, null).settle(record) })
  const cookie = { name: 'session', secure: false, sameSite: 'lax', path: '/', partitioned: false } as const
  const device = createDeviceCookie(cookie.name, createDeviceIds([createSecretKey(randomBytes(32))]))
  const duplicates = createDuplicateCookies(cookie, '/api')
  decorateReplies(app, createSessionCookie({ cookie, duplicates, device, browserSession: () => null, replaced: () => {}, now: Date.now }))
  await app.register(adminRoutes, {
    admin: { authorize: () => true },
    askApp: createAskApp(() => {}),
    stepUp: async () => {},
    manager: { revoke: async () => REPORT },
    administration: {},
    admission: { stillAdmitted: () => result }
  } as unknown as AdminRoutesOptions)
  const { statusCode, headers } = await app.inject({ method: 'DELETE', url: `/admin/sessions/${ID}` })
  t.equal(statusCode, 200)
  return headers['set-cookie']
}

t.test('the cookie is cleared when the session has ended, and stays when that can not be checked', async (t) => {
  t.match(await cookiesWhen(t, new Rejection(sessionEnded('revoked_by_admin'), { id: ID, userId: 'admin' })), /^session=;/)
  t.equal(await cookiesWhen(t, new Rejection(new StoreUnavailable())), undefined)
})
