/** The demo's administrator sees people instead of ids; nobody else may ask who they are. */
import { test } from 'tap'
import { createEmptyDatabase } from '../helpers/database.ts'
import { ask } from '../helpers/device.ts'
import { DEMO_PASSWORD } from '../../src/demo/accounts.ts'
import { startDemo } from '../helpers/demo-process.ts'

test('an administrator asks who ids are, and who has an address; others are refused', async (t) => {
  const { address } = await startDemo(t, { DATABASE_URL: (await createEmptyDatabase(t)).url, JWT_SECRET: 'x'.repeat(32) })
  const logIn = async (email: string): Promise<string> => {
    const { body } = await ask<{ token: string }>(address, 'POST', '/api/auth/login', { body: { email, password: DEMO_PASSWORD } })
    return body.token
  }
  const token = await logIn('admin@example.com')
  t.match(await ask(address, 'POST', '/api/admin/people', { token, body: { ids: ['user-1', 'admin-1', 'nobody'] } }), {
    status: 200, body: { labels: { 'user-1': 'user@example.com', 'admin-1': 'admin@example.com', nobody: 'nobody' } }
  })
  t.match(await ask(address, 'POST', '/api/admin/people/find', { token, body: { email: 'user@example.com' } }), { status: 200, body: { id: 'user-1' } })
  t.match(await ask(address, 'POST', '/api/admin/people/find', { token, body: { email: 'iphone' } }), { status: 200, body: { id: null } })

  const user = { token: await logIn('user@example.com') }
  for (const [path, body] of [['/api/admin/people', { ids: ['user-1'] }], ['/api/admin/people/find', { email: 'user@example.com' }]] as const) {
    t.match(await ask(address, 'POST', path, { ...user, body }), { status: 403, body: { code: 'SESSION_FORBIDDEN' } })
    t.match(await ask(address, 'POST', path, { body }), { status: 401, body: { code: 'SESSION_REQUIRED' } })
  }
})
