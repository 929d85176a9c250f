/** The administrator's switch, by its routes: for administrators only, kept, obeyed by every node from the next login on, and the operator's word is last. */
import { test, type Test } from 'tap'
import { createEmptyDatabase } from '../helpers/database.ts'
import { ask } from '../helpers/device.ts'
import { DEMO_PASSWORD } from '../../src/demo/accounts.ts'
import { startDemo } from '../helpers/demo-process.ts'

const JWT_SECRET = 'x'.repeat(32)
const RULE = 'logoutFromAllDevices'

async function logIn (address: string, email = 'user@example.com'): Promise<string> {
  const { body } = await ask<{ token: string }>(address, 'POST', '/api/auth/login', { body: { email, password: DEMO_PASSWORD } })
  return body.token
}

async function statusOf (address: string, token: string): Promise<unknown> {
  const { status, body } = await ask<{ reason?: string }>(address, 'GET', '/api/sessions/current', { token })
  return status === 200 ? 'active' : body.reason
}

async function refuseOthers (t: Test, address: string): Promise<void> {
  const token = await logIn(address)
  for (const [credentials, expected] of [[{}, { status: 401, body: { code: 'SESSION_REQUIRED' } }], [{ token }, { status: 403, body: { code: 'SESSION_FORBIDDEN' } }]] as const) {
    t.match(await ask(address, 'GET', '/api/admin/settings', credentials), expected)
    t.match(await ask(address, 'PUT', '/api/admin/settings', { ...credentials, body: { preventConcurrentLogin: RULE } }), expected)
  }
}

test('what is switched on one node holds on the other from the next login on, and after a restart', async (t) => {
  const env = { DATABASE_URL: (await createEmptyDatabase(t)).url, JWT_SECRET }
  const one = await startDemo(t, env)
  const two = await startDemo(t, env)
  await refuseOthers(t, one.address)
  const admin = await logIn(one.address, 'admin@example.com')
  t.match(await ask(one.address, 'GET', '/api/admin/settings', { token: admin }), { status: 200, body: { preventConcurrentLogin: 'disabled' } })
  const [first, second] = [await logIn(one.address), await logIn(two.address)]
  for (const body of [{}, { preventConcurrentLogin: 'all' }, { preventConcurrentLogin: null }]) {
    t.equal((await ask(one.address, 'PUT', '/api/admin/settings', { token: admin, body })).status, 400)
  }
  t.match(await ask(one.address, 'PUT', '/api/admin/settings', { token: admin, body: { preventConcurrentLogin: RULE } }), { status: 200, body: { preventConcurrentLogin: RULE } })
  t.equal(await statusOf(two.address, first), 'active', 'it ends nobody by itself')
  const third = await logIn(two.address)
  for (const token of [first, second]) t.equal(await statusOf(one.address, token), 'concurrent_login')
  await one.end('SIGTERM')
  await two.end('SIGTERM')
  const again = await startDemo(t, env)
  await logIn(again.address)
  t.equal(await statusOf(again.address, third), 'concurrent_login')
})

test('the embedded demo in memory keeps it while it runs', async (t) => {
  const { address } = await startDemo(t, { DATA_DIR: 'memory://' })
  const admin = await logIn(address, 'admin@example.com')
  t.equal((await ask(address, 'PUT', '/api/admin/settings', { token: admin, body: { preventConcurrentLogin: RULE } })).status, 200)
  const first = await logIn(address)
  await logIn(address)
  t.equal(await statusOf(address, first), 'concurrent_login')
})
