/** The guide on notices: its app sends a mail on a new device, to those who want it, and its template changes the mail's subject. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import type { MailContent, Notice } from '../../src/notice-types.ts'
import { PASSWORD, SECRET } from '../helpers/app.ts'
import { createDatabase } from '../helpers/database.ts'
import { startMailServer } from '../helpers/mail-server.ts'
import { writeExample } from './examples.ts'

interface User { email: string, wantsNotices: boolean, locale: string, timeZone: string }
interface Users { verify: (email: string, password: string) => { id: string } | null, find: (id: string) => Promise<User | undefined> }
interface AppExample { buildApp: (options: { database: unknown, secret: string, smtpUrl: string, users: Users }) => Promise<FastifyInstance> }
interface TemplateExample { template: (notice: Notice, standard: MailContent) => MailContent }

t.test('a new device of somebody who wants notices is one mail, in their language; of somebody who wants none it is none', async (t) => {
  const { buildApp } = await import(pathToFileURL(join(writeExample(t, 'notices', 'app'), 'app.js')).href) as AppExample
  const server = await startMailServer(t)
  const database = await createDatabase(t)
  const users: Users = {
    verify: (email, password) => password === PASSWORD ? { id: email } : null,
    find: async (id) => ({ email: id, wantsNotices: id.startsWith('anna'), locale: 'de', timeZone: 'Europe/Berlin' })
  }
  const app = await buildApp({ database: { url: database.url, pool: { min: 0, max: 3 } }, secret: SECRET, smtpUrl: server.url, users })
  t.teardown(async () => { await app.close() })
  const login = async (email: string, device: string): Promise<void> => {
    const { statusCode } = await app.inject({ method: 'POST', url: '/api/auth/login', payload: { email, password: PASSWORD, device: { id: device } } })
    t.equal(statusCode, 200)
  }
  for (const device of ['one', 'two', 'two']) for (const email of ['ben@example.com', 'anna@example.com']) await login(email, device)
  await server.received(1)
  const outcomes = async (): Promise<string[]> => (await database.query<{ outcome: string | null }>('select outcome from live_session_notice')).map(({ outcome }) => outcome ?? 'due').sort()
  while ((await outcomes()).includes('due')) await new Promise((resolve) => { setTimeout(resolve, 20) })
  t.same(await outcomes(), ['sent', 'spared'])
  t.match(server.mails, [{ to: ['anna@example.com'], text: /^Neue Anmeldung in Ihrem Konto/ }])
})

t.test('the template changes what it wants to, and leaves the rest', async (t) => {
  const { template } = await import(pathToFileURL(join(writeExample(t, 'notices', 'template'), 'template.js')).href) as TemplateExample
  const standard = { subject: 's', text: 't', html: 'h' }
  const notice = { kind: 'new_device', recipient: { address: 'anna@example.com', account: 'Anna' } } as Notice
  t.same(template(notice, standard), { ...standard, subject: 'Example Shop: was that you, Anna?' })
  t.same(template({ ...notice, kind: 'suspicious' }, standard), standard)
})
