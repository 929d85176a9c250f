/** Guesses at one account from many addresses (A5): past the limit only devices that signed in to it before may try, so that nobody locks its owner out. */
import t, { type Test } from 'tap'
import { buildApp, PASSWORD } from '../helpers/app.ts'
import { ask, type Answer } from '../helpers/device.ts'

const LIMIT = 5

interface Attempt {
  email?: string
  password?: string
  /** `name=value` of the device's cookie. */
  device?: string
  transport?: 'bearer' | 'cookie'
}

async function openApp (t: Test, options: { failuresPerMinute?: number, accountFailuresPerHour?: number } = { accountFailuresPerHour: LIMIT }) {
  let checks = 0
  const { address } = await buildApp(t, {
    server: { trustProxy: '127.0.0.1' },
    options: {
      login: {
        ...options,
        verify: async ({ body }) => {
          checks++
          await new Promise((resolve) => { setImmediate(resolve) })
          return body.password === PASSWORD ? { id: `user of ${body.email.trim().toLowerCase()}` } : null
        }
      }
    }
  })
  let from = 0
  /** Each from an address of its own. */
  async function attempt ({ email = 'owner@example.com', password = 'guess', device = '', transport = 'cookie' }: Attempt = {}): Promise<Answer> {
    from++
    const headers = { 'sec-fetch-site': 'same-origin', 'x-forwarded-for': `198.51.${from >> 8}.${from & 255}`, cookie: device }
    return await ask(address, 'POST', '/api/auth/login', { headers, body: { email, password, transport } })
  }
  async function logIn (login: Attempt = {}): Promise<string> {
    const { headers } = await attempt({ ...login, password: PASSWORD })
    return headers.getSetCookie().map((line) => line.split(';')[0] ?? '').find((pair) => pair.startsWith('session-device=')) ?? ''
  }
  async function guessUntilFull (login: Attempt = {}): Promise<void> {
    for (let guesses = 0; guesses < LIMIT; guesses++) t.equal((await attempt(login)).status, 401)
  }
  return { attempt, logIn, guessUntilFull, checks: () => checks }
}

const WAIT = { status: 429, body: { code: 'SESSION_RATE_LIMITED' } }

t.test('past the limit nobody may guess, from whatever address, nor be told what is right; the owner\'s devices sign in as ever', async (t) => {
  const { attempt, logIn, guessUntilFull, checks } = await openApp(t)
  const [laptop, phone] = [await logIn(), await logIn()]
  await guessUntilFull()
  const before = checks()
  for (const password of ['guess', PASSWORD]) {
    const answer = await attempt({ password })
    t.match(answer, WAIT)
    const seconds = Number(answer.headers.get('retry-after'))
    t.ok(seconds > 0 && seconds <= 3_600, `${seconds} s`)
  }
  t.equal(checks(), before, 'no password is checked')
  for (const email of ['owner@example.com', ' Owner@Example.com ']) {
    for (const device of [laptop, phone]) t.equal((await attempt({ email, password: PASSWORD, device })).status, 200)
  }
  t.equal((await attempt({ password: PASSWORD, device: laptop, transport: 'bearer' })).status, 200)
  t.equal((await attempt({ email: 'other@example.com' })).status, 401, 'other accounts are none of it')
})

t.test('a device has a count of its own: full, it stops that device, and neither the others nor the account', async (t) => {
  const { attempt, logIn, guessUntilFull } = await openApp(t)
  const [stolen, mine] = [await logIn(), await logIn()]
  await guessUntilFull({ device: stolen })
  t.match(await attempt({ password: PASSWORD, device: stolen }), WAIT)
  t.equal((await attempt({ password: PASSWORD, device: mine })).status, 200)
  t.equal((await attempt({ password: PASSWORD })).status, 200)
})

t.test('however many devices somebody collected, together they may fail ten times as often as one; who shows none is not stopped by it', async (t) => {
  const { attempt, logIn, guessUntilFull, checks } = await openApp(t)
  const devices: string[] = []
  while (devices.length < 11) devices.push(await logIn())
  for (const device of devices.slice(0, 10)) await guessUntilFull({ device })
  const before = checks()
  for (const password of ['guess', PASSWORD]) t.match(await attempt({ password, device: devices[10] as string }), WAIT)
  t.equal(checks(), before, 'no password is checked')
  t.equal((await attempt({ password: PASSWORD })).status, 200)
  t.equal((await attempt({ email: 'other@example.com', password: PASSWORD })).status, 200)
})

t.test('only a device that signed in to this very account is known: not the guesser\'s own, nor one made up or put together', async (t) => {
  const { attempt, logIn, guessUntilFull } = await openApp(t)
  const [owners, attackers] = [await logIn(), await logIn({ email: 'attacker@example.com' })]
  await guessUntilFull()
  const [id = '', tag = ''] = owners.replace('session-device=', '').split('.')
  const [otherId = '', otherTag = ''] = attackers.replace('session-device=', '').split('.')
  t.ok(tag !== '' && otherTag !== '')
  for (const value of [`${otherId}.${otherTag}`, id, `${id}.`, `${id}.${otherTag}`, `${otherId}.${tag}`, `${id}.${tag}A`, `${id}.${tag.slice(1)}`, `.${tag}`, tag, '%00', 'x'.repeat(2_000)]) {
    t.match(await attempt({ password: PASSWORD, device: `session-device=${value}` }), WAIT, value.slice(0, 80))
  }
  t.equal((await attempt({ password: PASSWORD, device: `${attackers}; ${owners}` })).status, 200, 'one that was planted beside the own one hides nothing')
})

t.test('the limit is the same for accounts that are not there, and holds for guesses at once', async (t) => {
  const { attempt, checks } = await openApp(t)
  const answers = await Promise.all(Array.from({ length: 50 }, () => attempt({ email: 'nobody@example.com' })))
  t.equal(answers.filter(({ status }) => status === 401).length, LIMIT)
  t.equal(answers.filter(({ status }) => status === 429).length, 50 - LIMIT)
  t.equal(checks(), LIMIT)
})

t.test('by default it is 100 an hour; whoever switches the other limit off has none of this either', async (t) => {
  for (const [options, statuses] of [[{}, { 401: 100, 429: 20 }], [{ failuresPerMinute: 0 }, { 401: 120 }], [{ accountFailuresPerHour: 0 }, { 401: 120 }]] as const) {
    const { attempt } = await openApp(t, options)
    const found: Record<number, number> = {}
    for (const { status } of await Promise.all(Array.from({ length: 120 }, () => attempt()))) found[status] = (found[status] ?? 0) + 1
    t.same(found, statuses)
  }
})
