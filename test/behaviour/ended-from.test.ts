/** A device learns from which of the user's other devices it was ended, over two nodes; of whoever else did it, nothing. */
import t from 'tap'
import type { ErrorBody } from '../../src/protocol.ts'
import { buildApp } from '../helpers/app.ts'
import { ask, logIn, type Device } from '../helpers/device.ts'
import { createDatabase } from '../helpers/database.ts'
import { randomPrefix, redisUrl } from '../helpers/redis.ts'

const ADMIN = 'admin@example.com'
const database = await createDatabase(t)
const options = {
  redis: await redisUrl(),
  redisPrefix: randomPrefix(),
  admin: { authorize: (request: { session: { userId: string } | null }) => request.session?.userId === ADMIN }
}
const [a, b] = [await buildApp(t, { options, database }), await buildApp(t, { options, database })]

async function named (address: string, deviceName: string, userId?: string): Promise<Device> {
  const device = await logIn(address, userId)
  await device.ask('PATCH', `/api/sessions/${device.id}`, { body: { deviceName } })
  return device
}

/** What it is told on the other node's socket, and what either node says when it asks: it may have been offline. */
async function told (device: Device, end: () => Promise<unknown>) {
  const socket = await device.connect(b.address)
  await end()
  const { by } = await socket.next('logout')
  for (const { address } of [a, b]) {
    const { status, body } = await ask<ErrorBody>(address, 'GET', '/api/sessions/current', { token: device.token })
    t.equal(status, 401)
    t.same(body.by ?? null, by, 'HTTP says the same')
  }
  return by
}

for (const what of ['one', 'others', 'all'] as const) {
  t.test(`a session that another of the user's ends is told from where: ${what}`, async (t) => {
    const userId = `${what}@example.com`
    const [laptop, phone] = [await named(a.address, 'Kim\'s laptop', userId), await named(a.address, 'Kim\'s phone', userId)]
    const own = await laptop.connect(a.address)
    const path = { one: `/${phone.id}`, others: '/others', all: '' }[what]
    t.same(await told(phone, () => laptop.ask('DELETE', `/api/sessions${path}`)), { deviceName: 'Kim\'s laptop' })
    if (what === 'all') t.equal((await own.next('logout')).by, null, 'its own end comes from no other device')
    else own.ws.terminate()
  })
}

t.test('app.sessions.revokeOthers is the session\'s that is given', async (t) => {
  const [laptop, phone] = [await named(a.address, 'laptop', 'app@example.com'), await logIn(a.address, 'app@example.com')]
  t.same(await told(phone, () => a.app.sessions.revokeOthers({ id: laptop.id, userId: laptop.userId })), { deviceName: 'laptop' })
})

t.test('a node that has forgotten the end reads it again', async (t) => {
  const [laptop, phone] = [await named(a.address, 'laptop', 'late@example.com'), await logIn(a.address, 'late@example.com')]
  await laptop.ask('DELETE', `/api/sessions/${phone.id}`)
  const late = await buildApp(t, { options, database })
  t.match(await ask(late.address, 'GET', '/api/sessions/current', { token: phone.token }), {
    status: 401, body: { code: 'SESSION_REVOKED', reason: 'revoked_by_user', by: { deviceName: 'laptop' } }
  })
})

const NOBODY: Record<string, (device: Device, admin: Device) => Promise<unknown>> = {
  'its own logout': (device) => device.ask('POST', '/api/auth/logout'),
  'its own end': (device) => device.ask('DELETE', `/api/sessions/${device.id}`),
  'an administrator\'s end of one': (device, admin) => admin.ask('DELETE', `/api/admin/sessions/${device.id}`),
  'an administrator\'s end of all': ({ userId }, admin) => admin.ask('DELETE', `/api/admin/users/${userId}/sessions`),
  'the app\'s end': ({ id }) => a.app.sessions.revoke(id),
  'another user\'s, through the app': ({ userId }, admin) => a.app.sessions.revokeOthers({ id: admin.id, userId })
}
for (const [what, end] of Object.entries(NOBODY)) {
  t.test(`${what} tells of no device`, async (t) => {
    const admin = await named(a.address, 'the admin\'s', ADMIN)
    const phone = await named(b.address, 'phone')
    t.equal(await told(phone, () => end(phone, admin)), null)
  })
}
