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
  const nonsense = [
    false, true, 0, '', 'ada', [], {}, () => {},
    ...[5.5, Number.NaN, Infinity, 2 ** 53, null, undefined, {}, [], true, '', 'a\0b', '\ud800', 'x'.repeat(256)].map((id) => ({ id })),
    ...['admin', ['admin'], 5, null].map((claims) => ({ id: 'ada', claims })), { id: 'ada', claims: { sub: 'bob' } }
  ]
  for (given of nonsense) {
    const { status, headers, body } = await attempt()
    t.match({ status, body }, { status: 500, body: { statusCode: 500, code: 'SESSION_CALLBACK_FAILED', message: /login\.verify/ } }, String(JSON.stringify(given)))
    t.equal(headers.get('retry-after'), null, 'to try again is of no use')
    const words = (given as { id?: unknown } | null)?.id === 'a\0b' ? /it gave a text with NUL in it/ : /./
    t.match(logged.at(-1), words)
    t.match(logged.pop(), /"stack":".*(?:it gave|claims).*"code":"SESSION_CALLBACK_FAILED"/)
    t.same(logged, [], 'it is said once')
  }
  for (given of [{ id: 'ada' }, { id: 5 }, { id: 7n }]) t.match(await attempt(), { status: 200 })
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
