/** Cookies of the session's name that another host of the domain planted, or an older configuration left: in a real browser a person is signed in all the same (A10). */
import type { BrowserContext } from 'playwright-core'
import { test } from 'tap'
import { buildApp } from '../helpers/app.ts'
import { startBrowser } from '../helpers/browser.ts'
import { askFrom, CURRENT, LOGIN, type Request } from '../helpers/browser-requests.ts'

const NAME = 'sid'

async function ownCookies (context: BrowserContext): Promise<string[]> {
  return (await context.cookies()).filter(({ name }) => name === NAME).map(({ domain, path, value }) => `${domain}${path} ${value.split('.').length === 3 ? 'token' : value}`)
}

/** `host` is what the browser calls it: `localhost` and all below it are this machine, and count as safe. */
async function openApp (t: Parameters<typeof buildApp>[0], cookie: Record<string, unknown> = {}): Promise<(host: string) => string> {
  const { address } = await buildApp(t, {
    options: { cookie: { name: NAME, secure: true, ...cookie } },
    after: (app) => {
      app.get('/', async (_request, reply) => reply.type('text/html').send('<!doctype html><title>app</title>'))
      app.get('/app/notes', async (request, reply) => reply.type('text/html').send(request.session === null ? 'nobody' : 'somebody'))
      app.get('/plant', async (request, reply) => reply.header('set-cookie', (request.query as { cookie: string }).cookie).type('text/html').send('planted'))
    }
  })
  const { port } = new URL(address)
  return (host) => `http://${host}:${port}`
}

test('whatever was planted, a login is one, and the browser heals by itself', async (t) => {
  const browser = await startBrowser(t)
  if (browser === null) return
  const at = await openApp(t)
  const app = at('app.site.localhost')
  const context = await browser.newContext()
  const page = await context.newPage()

  /** It is the only cookie of the name, whatever was there before. */
  async function plant (attributes: string, host = 'evil.site.localhost'): Promise<void> {
    await context.clearCookies()
    await page.goto(`${at(host)}/plant?cookie=${encodeURIComponent(`${NAME}=planted; Secure; ${attributes}`)}`)
    t.equal((await ownCookies(context)).length, 1, attributes)
    await page.goto(app)
  }

  // What a login can see it expires, wherever that lies; and what lies on the way to our routes.
  for (const path of ['/', '/api', '/api/', '/api/auth', '/api/auth/', '/api/auth/login']) {
    for (const domain of ['site.localhost', 'app.site.localhost']) {
      const host = domain === 'site.localhost' ? 'evil.site.localhost' : 'below.app.site.localhost'
      await plant(`Path=${path}; Domain=${domain}`, host)
      t.same(await askFrom(page, [LOGIN, CURRENT, CURRENT]), [200, 200, 200], `${path} of ${domain}`)
      t.same(await ownCookies(context), ['app.site.localhost/ token'])
    }
  }
  // Of an older configuration; the own place takes the new one.
  for (const path of ['/', '/api', '/api/auth/']) {
    await plant(`Path=${path}`, 'app.site.localhost')
    t.same(await askFrom(page, [LOGIN, CURRENT]), [200, 200], `${path} of the host itself`)
    t.same(await ownCookies(context), ['app.site.localhost/ token'])
  }
  // What it can't see costs one answer.
  for (const [attributes, requests, statuses] of [
    ['Path=/api/sessions; Domain=site.localhost', [LOGIN, CURRENT, CURRENT], [200, 401, 200]],
    ['Path=/api/sessions/; Domain=site.localhost', [LOGIN, CURRENT, CURRENT], [200, 401, 200]],
    ['Path=/api/sessions/current; Domain=site.localhost', [LOGIN, CURRENT, CURRENT], [200, 401, 200]],
    ['Path=/; Domain=site.localhost; Partitioned', [LOGIN, CURRENT, CURRENT], [200, 401, 200]],
    ['Path=/api/sessions; Domain=app.site.localhost', [LOGIN, ['GET', '/api/sessions'], CURRENT], [200, 401, 200]]
  ] as Array<[string, Request[], number[]]>) {
    await plant(attributes, attributes.includes('app.site') ? 'below.app.site.localhost' : 'evil.site.localhost')
    t.same(await askFrom(page, requests), statuses, attributes)
    t.same(await ownCookies(context), ['app.site.localhost/ token'], attributes)
  }
  // Where only a page without a guard sees it.
  await plant('Path=/app; Domain=site.localhost')
  t.same(await askFrom(page, [LOGIN, CURRENT]), [200, 200])
  for (const shown of ['nobody', 'somebody']) {
    await page.goto(`${app}/app/notes`)
    t.equal(await page.locator('body').innerText(), shown)
  }
})

test('after cookie.domain was set, or taken away, people who log in again are signed in', async (t) => {
  const browser = await startBrowser(t)
  if (browser === null) return
  const [narrow, wide] = [await openApp(t), await openApp(t, { domain: 'site.localhost' })]
  for (const [before, after, own] of [[narrow, wide, '.site.localhost/ token'], [wide, narrow, 'app.site.localhost/ token']] as const) {
    const context = await browser.newContext()
    t.teardown(() => context.close())
    const page = await context.newPage()
    await page.goto(before('app.site.localhost'))
    t.same(await askFrom(page, [LOGIN, CURRENT]), [200, 200])
    await page.goto(after('app.site.localhost'))
    t.same(await askFrom(page, [LOGIN, CURRENT]), [200, 200])
    t.same(await ownCookies(context), [own])
    t.same(await askFrom(page, [LOGIN, CURRENT]), [200, 200], 'and again')
  }
})
