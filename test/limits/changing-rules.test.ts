/** Rules that change while the app runs: asked at each login, about this login. */
import t from 'tap'
import type { LimitQuestion, PreventConcurrentLogin, WhenFull } from '../../plugins/index.ts'
import { buildApp, PASSWORD } from '../helpers/app.ts'
import { ask, logIn } from '../helpers/device.ts'

t.test('preventConcurrentLogin may be switched while the app runs, for one user and not for another', async (t) => {
  let rule: PreventConcurrentLogin = 'disabled'
  const asked: LimitQuestion[] = []
  const { address } = await buildApp(t, {
    options: { preventConcurrentLogin: async (login) => { asked.push(login); return login.userId === 'strict@example.com' ? rule : 'disabled' } }
  })
  const [one, two] = [await logIn(address, 'strict@example.com'), await logIn(address, 'strict@example.com')]
  const other = await logIn(address, 'other@example.com')
  rule = 'logoutFromAllDevices'
  t.match(await one.ask('GET', '/api/sessions/current'), { status: 200 }, 'a switch alone ends nobody')
  await logIn(address, 'other@example.com')
  const last = await logIn(address, 'strict@example.com')
  for (const gone of [one, two]) t.match(await gone.ask('GET', '/api/sessions/current'), { status: 401, body: { code: 'SESSION_REVOKED', reason: 'concurrent_login' } })
  t.equal((await other.ask('GET', '/api/sessions/current')).status, 200)
  rule = 'disabled'
  await logIn(address, 'strict@example.com')
  t.equal((await last.ask('GET', '/api/sessions/current')).status, 200)
  t.match(asked[0], { userId: 'strict@example.com', deviceType: 'cli', clientId: null, claims: {} })
})

t.test('whenFull may be switched while the app runs', async (t) => {
  let whenFull: WhenFull = 'deny'
  const { address } = await buildApp(t, { options: { maxSessions: 1, whenFull: () => whenFull } })
  const first = await logIn(address)
  const body = { email: 'user@example.com', password: PASSWORD }
  t.match(await ask(address, 'POST', '/api/auth/login', { body }), { status: 403, body: { code: 'SESSION_LIMIT_REACHED' } })
  whenFull = 'evictOldest'
  await logIn(address)
  t.match(await first.ask('GET', '/api/sessions/current'), { status: 401, body: { reason: 'session_limit' } })
})

t.test('a rule that makes no sense is the app\'s mistake, and opens no session', async (t) => {
  let given: unknown
  const answer = (): never => given as never
  const body = { email: 'user@example.com', password: PASSWORD }
  for (const option of ['preventConcurrentLogin', 'whenFull', 'maxSessions'] as const) {
    const { app, address } = await buildApp(t, { options: { [option]: answer } })
    for (given of [undefined, '', 'logout', 'DENY', -1, 1.5, Number.NaN, {}, [], { max: '1' }, { max: 1, of: 'planet' }, true]) {
      const { status, body: answered } = await ask(address, 'POST', '/api/auth/login', { body })
      t.match({ status, answered }, { status: 500, answered: { code: 'SESSION_CALLBACK_FAILED', message: new RegExp(option) } }, `${option}: ${String(given)}`)
    }
    t.same(await app.sessions.list('user@example.com'), [])
  }
})
