/** Two apps on one host, as every developer has them: browsers share cookies between ports, and nobody is signed out all the same. */
import { test } from 'tap'
import { buildApp } from '../helpers/app.ts'
import { startBrowser } from '../helpers/browser.ts'
import { askFrom, CURRENT, LOGIN } from '../helpers/browser-requests.ts'

test('people stay signed in to one app while they sign in to, and log out of, another one on the same host', async (t) => {
  const browser = await startBrowser(t)
  if (browser === null) return
  const pages = await Promise.all([{}, { issuer: 'shop' }].map(async (options) => {
    const { address } = await buildApp(t, {
      options: { cookie: {}, ...options },
      after: (app) => { app.get('/', async (_request, reply) => reply.type('text/html').send('<!doctype html><title>app</title>')) }
    })
    return address
  }))
  const context = await browser.newContext()
  t.teardown(() => context.close())
  const [one, other] = [await context.newPage(), await context.newPage()]
  await one.goto(pages[0] as string)
  await other.goto(pages[1] as string)
  t.same(await askFrom(one, [LOGIN, CURRENT]), [200, 200])
  t.same(await askFrom(other, [LOGIN, CURRENT]), [200, 200])
  t.same(await askFrom(one, [CURRENT]), [200])
  t.same(await askFrom(other, [['POST', '/api/auth/logout'], CURRENT]), [200, 401])
  t.same(await askFrom(one, [CURRENT]), [200])
  t.equal((await context.cookies()).filter(({ name }) => /^session-[0-9a-f]{6}$/.test(name)).length, 1)
})
