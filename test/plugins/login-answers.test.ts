/** What `login.verify` may give, and what an app's mistake in it leads to. */
import t from 'tap'
import { buildApp, PASSWORD } from '../helpers/app.ts'
import { ask } from '../helpers/device.ts'

const LOGIN = { email: 'user@example.com', password: 'x' }

t.test('null and undefined are wrong credentials; anything else that is no identity is the app\'s mistake, said in its log', async (t) => {
  let given: unknown
  const logged: string[] = []
  const { address } = await buildApp(t, {
    options: { login: { verify: async () => given as null } },
    server: { logger: { level: 'error', stream: { write: (line: string) => { logged.push(line) } } } }
  })
  const attempt = async () => await ask(address, 'POST', '/api/auth/login', { body: LOGIN })
  for (given of [null, undefined]) t.match(await attempt(), { status: 401, body: { code: 'INVALID_CREDENTIALS' } }, String(given))
  t.same(logged, [])
  for (given of [false, true, 0, '', 'ada', [], {}, { id: 5 }, { id: null }, { id: undefined }, () => {}]) {
    t.match(await attempt(), { status: 503, body: { code: 'SESSION_STORE_UNAVAILABLE' } }, JSON.stringify(given))
    t.match(logged.pop(), /login\.verify gave an? [^"]*; it gives \{id, claims\?\}.*"LOGIN_ANSWER_INVALID"/)
  }
  given = { id: 'ada' }
  t.match(await attempt(), { status: 200 })
})

t.test('R11: an unknown address and a wrong password get the same answer, byte for byte, and are braked alike', async (t) => {
  const { address } = await buildApp(t, {
    options: { login: { verify: ({ body }) => body.email === 'known@example.com' && body.password === PASSWORD ? { id: 'known' } : null, failuresPerMinute: 3 } }
  })
  const attempt = async (email: string): Promise<unknown> => {
    const { status, headers, body } = await ask(address, 'POST', '/api/auth/login', { body: { email, password: 'wrong' } })
    const shown = [...headers].map(([name, value]) => name === 'date' || name === 'retry-after' ? [name] : [name, value])
    return { status, headers: shown, body: JSON.stringify(body) }
  }
  for (const status of [401, 401, 401, 429, 429]) {
    const known = await attempt('known@example.com')
    t.match(known, { status })
    t.same(await attempt('other@example.com'), known)
  }
})
