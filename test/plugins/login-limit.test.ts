/** The brake on guessing passwords holds for guesses that come all at once, and costs those nothing who know it (R41). */
import t, { type Test } from 'tap'
import { buildApp, PASSWORD, type TestApp } from '../helpers/app.ts'
import { ask, logIn, type Answer } from '../helpers/device.ts'

const LIMIT = 30

/** An app whose checks of a password end only when so many requests have come as are expected at once. */
async function openSlow (t: Test, { failuresPerMinute = LIMIT, atOnce }: { failuresPerMinute?: number, atOnce: number }): Promise<TestApp & { checks: () => number }> {
  let checks = 0
  let requests = 0
  let allCame = (): void => {}
  const finished = new Promise<void>((resolve) => { allCame = resolve })
  const check = async (password: unknown): Promise<boolean> => {
    checks++
    await finished
    return password === PASSWORD
  }
  const built = await buildApp(t, {
    before: (app) => {
      app.addHook('preHandler', async ({ url, body }) => {
        const counts = url.startsWith('/api/auth/') && (body as { email?: string }).email !== 'guest@example.com'
        if (counts && ++requests === atOnce) setImmediate(allCame)
      })
    },
    options: {
      reauthenticateWithinMs: 60_000,
      login: {
        failuresPerMinute,
        verify: async ({ body }) => body.email === 'guest@example.com' || await check(body.password) ? { id: body.email.trim() } : null,
        reauthenticate: async ({ body }) => await check(body['password'])
      }
    }
  })
  return { ...built, checks: () => checks }
}

function count (answers: Answer[]): Record<number, number> {
  const found: Record<number, number> = {}
  for (const { status } of answers) found[status] = (found[status] ?? 0) + 1
  return found
}

t.test('of 200 guesses at once no more are checked than may fail', async (t) => {
  const { address, checks } = await openSlow(t, { atOnce: 200 })
  const guesses = Promise.all(Array.from({ length: 200 }, (_, index) => ask(address, 'POST', '/api/auth/login', { body: { email: 'user@example.com', password: `guess ${index}` } })))
  const answers = await guesses
  t.same(count(answers), { 401: LIMIT, 429: 200 - LIMIT })
  t.equal(checks(), LIMIT)
  for (const { status, headers } of answers) if (status === 429) t.ok(Number(headers.get('retry-after')) > 0)
})

t.test('guesses at once at reauthentication are braked the same way', async (t) => {
  const { address, checks } = await openSlow(t, { atOnce: 200 })
  const device = await logIn(address, 'guest@example.com')
  const guesses = Promise.all(Array.from({ length: 200 }, () => device.ask('POST', '/api/auth/reauthenticate', { body: { password: 'wrong' } })))
  t.same(count(await guesses), { 401: LIMIT, 429: 200 - LIMIT })
  t.equal(checks(), LIMIT)
})

t.test('200 logins at once with the right password all get in, however low the limit, and cost nothing', async (t) => {
  const { address } = await openSlow(t, { failuresPerMinute: 2, atOnce: 200 })
  const logins = Promise.all(Array.from({ length: 200 }, () => ask(address, 'POST', '/api/auth/login', { body: { email: 'user@example.com', password: PASSWORD } })))
  t.same(count(await logins), { 200: 200 })
  const attempt = async (password: string): Promise<number> => (await ask(address, 'POST', '/api/auth/login', { body: { email: 'user@example.com', password } })).status
  t.same([await attempt('wrong'), await attempt('wrong'), await attempt(PASSWORD)], [401, 401, 429])
})

t.test('an address with blanks around it, or in capitals, is the same account', async (t) => {
  const { address } = await openSlow(t, { failuresPerMinute: 4, atOnce: 1 })
  const attempt = async (email: string): Promise<number> => (await ask(address, 'POST', '/api/auth/login', { body: { email, password: 'wrong' } })).status
  const answers: number[] = []
  for (const email of ['user@example.com', ' user@example.com', 'User@Example.com\t', '  USER@EXAMPLE.COM  ', 'user@example.com ']) answers.push(await attempt(email))
  t.same(answers, [401, 401, 401, 401, 429])
})

t.test('all accounts together may fail ten times as often from one address, at once as well', async (t) => {
  const { address, checks } = await openSlow(t, { failuresPerMinute: 1, atOnce: 50 })
  const guesses = Promise.all(Array.from({ length: 50 }, (_, index) => ask(address, 'POST', '/api/auth/login', { body: { email: `user-${index}@example.com`, password: 'wrong' } })))
  t.same(count(await guesses), { 401: 10, 429: 40 })
  t.equal(checks(), 10)
})

t.test('a check that throws is no failure of the person, and gives its place back', async (t) => {
  let broken = true
  const { address } = await buildApp(t, {
    options: {
      login: {
        failuresPerMinute: 1,
        verify: ({ body }) => {
          if (broken) throw new Error('the app\'s own database is gone')
          return body.password === PASSWORD ? { id: body.email } : null
        }
      }
    }
  })
  const attempt = async (): Promise<number> => (await ask(address, 'POST', '/api/auth/login', { body: { email: 'user@example.com', password: PASSWORD } })).status
  t.same([await attempt(), await attempt()], [500, 500])
  broken = false
  t.equal(await attempt(), 200)
})
