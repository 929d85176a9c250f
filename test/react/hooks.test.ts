/** The hooks in a real browser, with React 18 and 19, in StrictMode: live, one socket, no leak, and never a needless reconnect. */
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { buildApp } from '../helpers/app.ts'
import { becomes, newPage, startBrowser } from '../helpers/browser.ts'
import { logInBrowser } from '../helpers/browser-requests.ts'
import { logIn } from '../helpers/device.ts'
import { bundlePage } from './hooks-page.ts'

const USER = 'user@example.com'

async function open (t: Test, version: 18 | 19) {
  const browser = await startBrowser(t)
  if (browser === null) return null
  const script = await bundlePage(version)
  const built = await buildApp(t, {
    options: { notify: true },
    after (app) {
      app.get('/page.js', async (_request, reply) => reply.type('text/javascript').send(script))
      app.get('/', async (_request, reply) => reply.type('text/html').send('<!doctype html><title>hooks</title><link rel="icon" href="data:,"><div id="root"></div><script src="/page.js"></script>'))
    }
  })
  const page = await newPage(t, browser)
  t.equal(await logInBrowser(page.context(), built.address, USER), 200)
  const sockets: string[] = []
  const closed: string[] = []
  page.on('websocket', (socket) => {
    sockets.push(socket.url())
    socket.on('close', () => { closed.push(socket.url()) })
  })
  await page.goto(`${built.address}/`)
  await state(page, 'open')
  return { ...built, page, sockets, closed }
}

async function state (page: Page, expected: string): Promise<void> {
  await page.locator('#state', { hasText: expected }).waitFor()
}

for (const version of [18, 19] as const) {
  t.test(`React ${version}: the list is there and stays live; names and ends go through`, async (t) => {
    const opened = await open(t, version)
    if (opened === null) return
    const { page, address, sockets } = opened
    t.equal(await page.locator('#version').textContent(), String(version))
    await page.locator('li').first().waitFor()
    const other = await logIn(address, USER)
    await page.locator('li').nth(1).waitFor()
    t.pass('a new login appears by itself')
    await page.locator('li:not([data-current=true]) button', { hasText: 'rename' }).click()
    await page.locator('li', { hasText: 'Renamed' }).waitFor()
    await page.locator('li:not([data-current=true]) button', { hasText: 'end' }).click()
    await page.locator('li').nth(1).waitFor({ state: 'detached' })
    t.equal((await other.ask('GET', '/api/sessions/current')).status, 401)
    t.equal(await page.locator('#error').textContent(), '')
    for (let i = 0; i < 3; i++) await page.locator('#again').click()
    await logIn(address, USER)
    await becomes(page, 'window.noticedAtRender === 3')
    t.pass('a notice reaches the newest callback')
    t.ok(Number(await page.evaluate('window.requests')) >= 5, 'the list and its changes go through the fetch of the live session')
    t.equal(sockets.length, 1, 'StrictMode and new callbacks make no second socket')
  })

  t.test(`React ${version}: an answer to the app's own request that says the session has ended signs out`, async (t) => {
    const opened = await open(t, version)
    if (opened === null) return
    const { page } = opened
    await page.route('**/me', async (route) => {
      await route.fulfill({ status: 401, json: { statusCode: 401, code: 'SESSION_REVOKED', error: 'Unauthorized', message: 'ended', reason: 'revoked_by_user' } })
    })
    await page.locator('#asks').click()
    await state(page, 'signedOut')
    t.equal(await page.locator('#logout').textContent(), 'revoked_by_user')
    t.same(await page.evaluate('[window.logouts, window.via, window.asked]'), [1, 'request', 401])
  })

  t.test(`React ${version}: a logout from elsewhere is shown, once; what is unmounted holds no socket`, async (t) => {
    const opened = await open(t, version)
    if (opened === null) return
    const { page, address, sockets, closed } = opened
    await page.locator('#toggle').click()
    await page.locator('#state').waitFor({ state: 'detached' })
    await becomes(page, "document.querySelector('li') === null")
    await page.locator('#toggle').click()
    await state(page, 'open')
    t.equal(sockets.length, 2)
    t.equal(closed.length, 1, 'the first one was closed with its component')
    const other = await logIn(address, USER)
    t.equal((await other.ask('DELETE', '/api/sessions/others')).status, 200)
    await state(page, 'signedOut')
    t.equal(await page.locator('#logout').textContent(), 'revoked_by_user')
    t.equal(await page.evaluate('window.logouts'), 1)
  })
}
