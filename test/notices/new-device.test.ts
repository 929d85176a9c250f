/** A new device is exactly one mail, a known one none (R43): in a real mail server, whatever the device is called, and whoever dies or races. */
import t, { type Test } from 'tap'
import type { NotifyOptions } from '../../plugins/index.ts'
import { buildApp, PASSWORD, type TestApp } from '../helpers/app.ts'
import { createDatabase, createPool, type TestDatabase } from '../helpers/database.ts'
import { ask } from '../helpers/device.ts'
import { logInOn } from '../helpers/log-in-on.ts'
import { startMailServer, type MailServer, type ReceivedMail } from '../helpers/mail-server.ts'

const USER = 'anna@example.com'

function notifyBy (server: MailServer, notify: Partial<NotifyOptions> = {}): { notify: NotifyOptions } {
  return { notify: { origin: 'https://shop.example', mail: { url: server.url, from: 'security@shop.example' }, recipient: (userId) => ({ address: userId }), ...notify } }
}

async function start (t: Test, notify: Partial<NotifyOptions> = {}): Promise<{ server: MailServer, node: TestApp, database: TestDatabase }> {
  const server = await startMailServer(t)
  const node = await buildApp(t, { options: notifyBy(server, notify) })
  return { server, node, database: node.database }
}

/** All that is due has been decided; the mails that came. */
async function settled (database: TestDatabase, { mails }: MailServer): Promise<ReceivedMail[]> {
  while ((await database.query('select from live_session_notice where due_at is not null')).length > 0) await new Promise((resolve) => { setTimeout(resolve, 20) })
  return mails
}

t.test('R43: the first login of a user is no news, a new device is one mail, and the same one again is none', async (t) => {
  const { server, node: { address }, database } = await start(t)
  await logInOn(address, 'phone', { userId: USER, deviceId: 'phone' })
  t.same(await settled(database, server), [], 'nothing can be new yet')
  const laptop = await logInOn(address, 'laptop', { userId: USER, deviceId: 'laptop' })
  const [mail] = await server.received(1)
  t.match(mail, { to: [USER], text: /Device: Chrome on Windows\n[\s\S]*IP address: 127\.0\.0\.1\n[\s\S]*Signed in with: Password\n/ })
  t.equal(mail?.headers.get('subject'), 'New sign-in to shop.example: Chrome on Windows')
  const [, path = ''] = /https:\/\/shop\.example(\/api\/auth\/report\/[\w-]+)/.exec(mail?.text ?? '') ?? []
  t.match(mail?.html, path)
  for (const deviceId of ['laptop', 'phone', 'laptop']) await logInOn(address, 'laptop', { userId: USER, deviceId })
  t.equal((await settled(database, server)).length, 1)

  const pressed = await fetch(address + path, { method: 'POST' })
  t.equal(pressed.status, 200)
  t.equal((await laptop.ask('GET', '/api/sessions/current')).status, 401)
  const refused = await ask(address, 'POST', '/api/auth/login', { body: { email: USER, password: PASSWORD, device: { id: 'laptop' } } })
  t.match(refused, { status: 403, body: { code: 'SESSION_LOGIN_DENIED' } }, 'its device is refused from then on, with the right password')
  t.equal((await logInOn(address, 'phone', { userId: USER, deviceId: 'phone' })).userId, USER, 'and no other')
  const [, second, ...more] = await settled(database, server)
  t.match(second?.headers.get('subject'), /^A sign-in to shop\.example was refused: /, 'which its user is told of')
  t.same(more, [])
})

t.test('R43: a wrong password is no notice, nor is a device of another user', async (t) => {
  const { server, node: { address }, database } = await start(t)
  await logInOn(address, 'phone', { userId: USER, deviceId: 'phone' })
  for (const device of ['x', 'y']) t.equal((await ask(address, 'POST', '/api/auth/login', { body: { email: USER, password: 'wrong', device: { id: device } } })).status, 401)
  await logInOn(address, 'phone', { userId: 'ben@example.com', deviceId: 'phone' })
  t.same(await settled(database, server), [])
})

t.test('R43: of many logins at once over two nodes each new device is one mail', async (t) => {
  const server = await startMailServer(t)
  const database = await createDatabase(t)
  const nodes = [await buildApp(t, { database, options: notifyBy(server) }), await buildApp(t, { database, options: notifyBy(server) })]
  const users = Array.from({ length: 10 }, (_, index) => `user-${index}@example.com`)
  for (const userId of users) await logInOn(nodes[0]?.address ?? '', 'phone', { userId, deviceId: 'old' })
  await Promise.all(users.flatMap((userId) => nodes.flatMap(({ address }) => [0, 1].map(() => logInOn(address, 'laptop', { userId, deviceId: 'new' })))))
  t.same((await settled(database, server)).flatMap(({ to }) => to).sort(), users)
})

t.test('a login waits for no mail server, no recipient and no template, and fails with none of them', async (t) => {
  const server = await startMailServer(t)
  const never = new Promise<never>(() => {})
  const options = [
    { mail: { url: 'smtp://127.0.0.1:1', from: 'a@b.example' } },
    { recipient: () => never },
    { recipient () { throw new Error('away') } },
    { mail: { url: server.url, from: 'a@b.example', template: () => never } }
  ]
  for (const notify of options) {
    const { address } = await buildApp(t, { options: notifyBy(server, notify) })
    for (const deviceId of ['one', 'two']) t.equal((await logInOn(address, 'phone', { userId: USER, deviceId })).userId, USER)
  }
  t.same(server.mails, [])
})

t.test('a device whose name breaks lines, or holds markup or addresses, stays a line of text', async (t) => {
  const { server, node: { address } } = await start(t)
  await logInOn(address, 'phone', { userId: USER, deviceId: 'phone' })
  const name = 'Mine\r\nBcc: eve@example.com\r\n\r\n<img src=x> https://evil.example'
  t.equal((await ask(address, 'POST', '/api/auth/login', { body: { email: USER, password: PASSWORD, device: { id: 'evil', name } } })).status, 200)
  const [mail] = await server.received(1)
  t.same(mail?.to, [USER])
  t.notOk(mail?.headerNames.includes('bcc'))
  t.match(mail?.headers.get('subject'), /MineBcc: eve@example\.com<img src=x>/)
  t.match(mail?.text.split('\n').filter((line) => line.includes('Bcc')), [/^Device: Mine/])
  t.notMatch(mail?.html, /<img/)
  t.notMatch(`${mail?.html}${mail?.text}`, 'https://evil')
})

t.test('an app says by which way somebody signed in; without a password there is none to change', async (t) => {
  const server = await startMailServer(t)
  const opened = await buildApp(t, {
    options: notifyBy(server, { changePasswordUrl: 'https://shop.example/password' }),
    after (app) { app.post<{ Body: { device: string } }>('/google', async (request) => await app.sessions.open(request, { userId: USER, method: 'Google', device: { id: request.body.device } })) }
  })
  for (const device of ['one', 'two']) t.equal((await opened.app.inject({ method: 'POST', url: '/google', payload: { device } })).statusCode, 200)
  const [mail] = await server.received(1)
  t.match(mail?.text, 'Signed in with: Google')
  t.notMatch(mail?.text, 'shop.example/password')
})

t.test('with notices for open pages alone nothing is kept and nothing is sent', async (t) => {
  const { address, database } = await buildApp(t, { options: { notify: true } })
  const phone = await logInOn(address, 'phone', { userId: USER, deviceId: 'phone' })
  const socket = await phone.connect()
  const { id } = await logInOn(address, 'laptop', { userId: USER, deviceId: 'laptop' })
  t.match(await socket.next('notice'), { kind: 'new_device', session: { id, deviceName: 'Chrome on Windows' } })
  t.same(await database.query('select from live_session_notice'), [])
})

t.test('a login in an app\'s own transaction leaves its notice with the commit, and none when it is rolled back', async (t) => {
  const server = await startMailServer(t)
  const database = await createDatabase(t)
  const pool = createPool(database.url, 2)
  t.teardown(() => pool.end())
  const { address } = await buildApp(t, {
    database,
    options: notifyBy(server),
    after (app) {
      app.post('/passkey', async (request) => {
        const { end } = request.query as { end: 'commit' | 'rollback' }
        const client = await pool.connect()
        try {
          await client.query('begin')
          const pending = await app.sessions.openIn(client, request, { userId: USER, method: 'Passkey' })
          await client.query(end)
          return end === 'commit' ? (await pending.confirm()).session : {}
        } finally {
          client.release()
        }
      })
    }
  })
  await logInOn(address, 'phone', { userId: USER, deviceId: 'phone' })
  t.equal((await ask(address, 'POST', '/passkey?end=rollback')).status, 200)
  t.same(await database.query('select from live_session_notice'), [])
  t.equal((await ask(address, 'POST', '/passkey?end=commit')).status, 200)
  const [mail] = await server.received(1)
  t.match(mail, { to: [USER], text: /Signed in with: Passkey\n/ })
})
