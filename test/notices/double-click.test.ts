/** "Sign in" clicked twice in a browser that nobody knows: its user hears of it once, and the link ends the session that is left. */
import t, { type Test } from 'tap'
import { buildApp, PASSWORD, type TestApp } from '../helpers/app.ts'
import { ask, type Answer } from '../helpers/device.ts'
import { logInOn } from '../helpers/log-in-on.ts'
import { startMailServer, type MailServer } from '../helpers/mail-server.ts'

const USER = 'anna@example.com'

interface Clicked extends TestApp {
  server: MailServer
  /** As many clicks: the check of a password takes until all have come, and a while. */
  click: (times: number) => Promise<Answer[]>
  notices: () => Promise<Array<{ session_id: string, outcome: string | null }>>
  living: () => Promise<Array<{ id: string, device_id: string }>>
}

async function start (t: Test, { mailed = true } = {}): Promise<Clicked> {
  const server = await startMailServer(t)
  let missing = 0
  let come = (): void => {}
  let together = Promise.resolve()
  const node = await buildApp(t, {
    options: {
      login: {
        verify: async ({ body }) => {
          if (--missing === 0) setTimeout(come, 250)
          await together
          return body.password === PASSWORD ? { id: body.email } : null
        }
      },
      notify: {
        origin: 'https://shop.example',
        mail: { url: server.url, from: 'security@shop.example' },
        recipient: (userId) => {
          if (!mailed) throw new Error('the directory is away')
          return { address: userId as string }
        }
      }
    }
  })
  const { address, database } = node
  return {
    ...node,
    server,
    async click (times) {
      missing = times
      together = new Promise((resolve) => { come = resolve })
      return await Promise.all(Array.from({ length: times }, () => ask(address, 'POST', '/api/auth/login', {
        headers: { 'sec-fetch-site': 'same-origin' }, body: { email: USER, password: PASSWORD, transport: 'cookie' }
      })))
    },
    notices: () => database.query('select session_id, outcome from live_session_notice'),
    living: () => database.query("select id, device_id from live_session where revoked_at is null and device_id <> 'phone'")
  }
}

const settled = async ({ database }: TestApp): Promise<void> => {
  while ((await database.query('select from live_session_notice where due_at is not null')).length > 0) await new Promise((resolve) => { setTimeout(resolve, 20) })
}

/** The cookies of an answer, but for the session's. */
const deviceCookies = ({ headers }: Answer): string => headers.getSetCookie().map((line) => line.split(';')[0] ?? '').filter((pair) => !pair.startsWith('session=')).join('; ')

for (const clicks of [2, 3]) {
  t.test(`${clicks} clicks are one mail, whose link ends the session that is left and refuses its device`, async (t) => {
    const world = await start(t)
    await logInOn(world.address, 'phone', { userId: USER, deviceId: 'phone' })
    const answers = await world.click(clicks)
    t.same(answers.map(({ status }) => status), Array.from({ length: clicks }, () => 200))
    await settled(world)
    const [left, ...more] = await world.living()
    t.same(more, [])
    t.match(await world.notices(), [{ session_id: left?.id, outcome: 'sent' }])
    t.equal(world.server.mails.length, 1)
    const [, path = ''] = /https:\/\/shop\.example(\/api\/auth\/report\/[\w-]+)/.exec(world.server.mails[0]?.text ?? '') ?? []
    t.equal((await fetch(world.address + path, { method: 'POST' })).status, 200)
    t.same(await world.living(), [])
    t.match(await world.database.query('select device_id from live_session_device where refused_at is not null'), [{ device_id: left?.device_id }])

    const again = await Promise.all(answers.map((answer) => ask(world.address, 'POST', '/api/auth/login', {
      headers: { 'sec-fetch-site': 'same-origin', cookie: deviceCookies(answer) }, body: { email: USER, password: PASSWORD, transport: 'cookie' }
    })))
    t.equal(again.filter(({ status }) => status === 403).length, 1)
    t.equal((await world.living()).length, clicks - 1)
    await settled(world)
    t.equal(world.server.mails.length, 1 + clicks, 'nor is the device of a click that was replaced a known one: it is told of again')
  })
}

t.test('a notice that was not sent yet names the session that is left', async (t) => {
  const world = await start(t, { mailed: false })
  await logInOn(world.address, 'phone', { userId: USER, deviceId: 'phone' })
  await world.click(2)
  const [left] = await world.living()
  const rows = await world.database.query("select session_id, device_id, content->'session'->>'id' as named from live_session_notice")
  t.same(rows, [{ session_id: left?.id, device_id: left?.device_id, named: left?.id }])
})

t.test('a user\'s very first login is no news, however often the button was clicked', async (t) => {
  const world = await start(t)
  await world.click(2)
  t.equal((await world.living()).length, 1)
  t.same(await world.notices(), [])
})
