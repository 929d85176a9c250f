/** Step-up: ending other people's or one's other sessions needs a recent proof; and the brake on guessing it (R5, R41). */
import t from 'tap'
import { buildApp, PASSWORD } from '../helpers/app.ts'
import { ask, logIn } from '../helpers/device.ts'
import { openOffice } from '../helpers/administration.ts'

const HOUR = 3_600_000
const options = { reauthenticateWithinMs: HOUR }
const NEEDED = { status: 403, body: { code: 'SESSION_REAUTHENTICATION_REQUIRED' } }

t.test('an old login may end itself, and nobody else, until the password is confirmed', async (t) => {
  const { admin, revoke, address, database } = await openOffice(t, { options })
  const [user, other] = [await logIn(address), await logIn(address)]
  t.match(await revoke({ filter: { userId: 'nobody' } }), { status: 200 }, 'a fresh login needs no more')
  await database.query("update live_session set authenticated_at = now() - interval '61 minutes'")
  const refused = [
    revoke({ filter: { all: true } }), admin.ask('DELETE', `/api/admin/sessions/${user.id}`), admin.ask('DELETE', '/api/admin/users/user@example.com/sessions'),
    user.ask('DELETE', `/api/sessions/${other.id}`), user.ask('DELETE', '/api/sessions/others'), user.ask('DELETE', '/api/sessions')
  ]
  for (const answer of refused) t.match(await answer, NEEDED)
  t.match(await revoke({ filter: { all: true }, dryRun: true }), { status: 200, body: { count: 3 } })
  t.match(await user.ask('POST', '/api/auth/reauthenticate', { body: { password: 'wrong' } }), { status: 401, body: { code: 'INVALID_CREDENTIALS' } })
  t.match(await user.ask('DELETE', '/api/sessions/others'), NEEDED)
  const began = Date.now()
  const { status, body } = await user.ask<{ until: string }>('POST', '/api/auth/reauthenticate', { body: { password: PASSWORD } })
  t.equal(status, 200)
  t.ok(Math.abs(Date.parse(body.until) - began - HOUR) < 60_000, 'for an hour from now')
  t.match(await user.ask('DELETE', '/api/sessions/others'), { status: 200, body: { count: 1 } })
  t.match(await admin.ask('DELETE', `/api/admin/sessions/${user.id}`), NEEDED, 'whose proof it was counts for nobody else')
  t.match(await admin.ask('DELETE', `/api/sessions/${admin.id}`), { status: 200 })
})

t.test('logging oneself out never needs it', async (t) => {
  const { address, database } = await openOffice(t, { options })
  const [one, two] = [await logIn(address), await logIn(address)]
  await database.query("update live_session set authenticated_at = now() - interval '61 minutes'")
  t.match(await one.ask('POST', '/api/auth/logout'), { status: 200 })
  t.match(await two.ask('DELETE', `/api/sessions/${two.id}`), { status: 200 })
})

t.test('without the option there is no such need, and no such route', async (t) => {
  const { admin } = await openOffice(t)
  t.equal((await admin.ask('POST', '/api/auth/reauthenticate', { body: { password: PASSWORD } })).status, 404)
})

t.test('an app without passwords checks what it likes', async (t) => {
  const { address } = await buildApp(t, {
    options: {
      reauthenticateWithinMs: HOUR,
      login: { verify: ({ body }) => ({ id: body.email }), reauthenticate: ({ body, userId }) => body['code'] === `123 for ${userId}` }
    }
  })
  const user = await logIn(address)
  t.equal((await user.ask('POST', '/api/auth/reauthenticate', { body: { code: '123 for somebody' } })).status, 401)
  t.equal((await user.ask('POST', '/api/auth/reauthenticate', { body: { code: '123 for user@example.com' } })).status, 200)
})

t.test('after so many failures a login of that account is 429 with Retry-After, even with the right password; other accounts and successes are not concerned', async (t) => {
  const { address } = await buildApp(t, { options: { login: { verify: ({ body }) => body.password === PASSWORD ? { id: body.email } : null, failuresPerMinute: 3 } } })
  const attempt = async (password: string, email = 'user@example.com') => await ask(address, 'POST', '/api/auth/login', { body: { email, password } })
  for (let index = 0; index < 10; index++) t.equal((await attempt(PASSWORD)).status, 200)
  for (let index = 0; index < 3; index++) t.equal((await attempt('wrong')).status, 401)
  const refused = await attempt(PASSWORD)
  t.match(refused, { status: 429, body: { code: 'SESSION_RATE_LIMITED' } })
  const seconds = Number(refused.headers.get('retry-after'))
  t.ok(Number.isInteger(seconds) && seconds > 0 && seconds <= 60, `Retry-After: ${seconds}`)
  t.equal((await attempt(PASSWORD, 'USER@example.com')).status, 429, 'the same account in other letters')
  t.equal((await attempt(PASSWORD, 'second@example.com')).status, 200)
})

t.test('guesses at reauthentication are braked as well', async (t) => {
  const { admin } = await openOffice(t, {
    options: { ...options, login: { failuresPerMinute: 2, verify: ({ body }) => ({ id: body.email }), reauthenticate: ({ body }) => body['password'] === PASSWORD } }
  })
  for (let index = 0; index < 2; index++) t.equal((await admin.ask('POST', '/api/auth/reauthenticate', { body: { password: 'wrong' } })).status, 401)
  t.match(await admin.ask('POST', '/api/auth/reauthenticate', { body: { password: PASSWORD } }), { status: 429, body: { code: 'SESSION_RATE_LIMITED' } })
})
