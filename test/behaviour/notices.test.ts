/** Notices of real processes (R43): one mail for a new device, also when the node that let it in is killed before the mail is out. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import t from 'tap'
import { SECRET } from '../helpers/app.ts'
import { createDatabase } from '../helpers/database.ts'
import { logIn } from '../helpers/device.ts'
import { logInOn } from '../helpers/log-in-on.ts'
import { startDemo } from '../helpers/demo-process.ts'
import { startMailServer } from '../helpers/mail-server.ts'

t.test('a node that is killed between the login and its mail leaves the mail to another node, which sends it once', async (t) => {
  const server = await startMailServer(t)
  // Takes connections and says nothing: the first node hangs over the mail until it dies.
  const silent = createServer((socket) => { socket.on('error', () => {}) }).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  t.teardown(() => { silent.close() })
  const { port } = silent.address() as { port: number }
  const database = await createDatabase(t)
  const env = { DATABASE_URL: database.url, JWT_SECRET: SECRET, DEMO_OPEN_LOGIN: '1', MAIL_FROM: 'security@example.com' }
  const hanging = await startDemo(t, { ...env, SMTP_URL: `smtp://127.0.0.1:${port}` })
  await logIn(hanging.address, 'anna@example.com')
  const connected = once(silent, 'connection')
  await logInOn(hanging.address, 'laptop', { userId: 'anna@example.com' })
  await connected
  await hanging.end('SIGKILL')
  t.match(await database.query('select attempts, outcome from live_session_notice'), [{ attempts: 1, outcome: null }])

  const other = await startDemo(t, { ...env, SMTP_URL: server.url })
  // Instead of waiting for the minute that the dead one's claim lasts.
  await database.query("update live_session_notice set due_at = due_at - interval '1 minute'")
  const [mail] = await server.received(1)
  t.same(mail?.to, ['anna@example.com'])
  while ((await database.query('select from live_session_notice where outcome is distinct from \'sent\'')).length > 0) await new Promise((resolve) => { setTimeout(resolve, 50) })
  await logInOn(other.address, 'laptop', { userId: 'ben@example.com' })
  t.equal(server.mails.length, 1)
})

t.test('a node that is killed at the login\'s answer, before or after it took the mail up, makes it neither none nor two', async (t) => {
  const server = await startMailServer(t)
  const database = await createDatabase(t)
  const env = { DATABASE_URL: database.url, JWT_SECRET: SECRET, DEMO_OPEN_LOGIN: '1', MAIL_FROM: 'security@example.com', SMTP_URL: server.url }
  const [dying, staying] = await Promise.all([startDemo(t, env), startDemo(t, env)])
  await logIn(staying.address, 'anna@example.com')
  await logInOn(dying.address, 'laptop', { userId: 'anna@example.com' })
  await dying.end('SIGKILL')
  await database.query("update live_session_notice set due_at = due_at - interval '1 minute' where due_at > now() + interval '30 seconds'")
  await server.received(1)
  while ((await database.query('select from live_session_notice where outcome is distinct from \'sent\'')).length > 0) await new Promise((resolve) => { setTimeout(resolve, 50) })
  const ids = new Set(server.mails.map(({ headers }) => headers.get('message-id')))
  t.equal(ids.size, 1, 'whatever was sent is one message')
})
