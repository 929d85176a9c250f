/** The back/forward cache: a page that comes out of it is live, or signed out, and shows nothing of a user whose session has ended. */
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { askFrom } from '../helpers/browser-requests.ts'
import { becomes, startBrowser } from '../helpers/browser.ts'
import { logIn } from '../helpers/device.ts'
import { openClientPage, reach, toldTo } from './client-page.ts'

const USER = 'user@example.com'
const CACHING = { cachesPages: true }

async function goBack (page: Page): Promise<void> {
  await page.goBack({ waitUntil: 'commit' })
  await page.waitForFunction('window.told?.persisted.length > 0')
}

async function isSignedOut (t: Test, page: Page): Promise<void> {
  await reach(page, 'signedOut')
  await becomes(page, "document.getElementById('secret').textContent === ''")
  t.equal((await toldTo(page)).logouts.length, 1, 'told once')
}

t.test('back to a page in the back/forward cache: it is live again, the same page', async (t) => {
  const browser = await startBrowser(t, CACHING)
  if (browser === null) return
  const { proxy, page } = await openClientPage(t, browser, USER)
  await page.goto(`${proxy.address}/blank`)
  await goBack(page)
  t.same((await toldTo(page)).persisted, [false, true], 'first loaded, then out of the cache')
  await becomes(page, "window.told.states.filter((state) => state === 'open').length > 1")
  await reach(page, 'open')
  t.same((await toldTo(page)).logouts, [])
  t.equal(await page.locator('#secret').textContent(), 'of the user')
})

t.test('ended elsewhere while it was in the cache: it comes out of it, is signed out, and shows nothing of the user', async (t) => {
  const browser = await startBrowser(t, CACHING)
  if (browser === null) return
  const { proxy, page } = await openClientPage(t, browser, USER)
  await page.goto(`${proxy.address}/blank`)
  const other = await logIn(proxy.address, USER)
  t.equal((await other.ask('DELETE', '/api/sessions/others')).status, 200)
  await goBack(page)
  t.same((await toldTo(page)).persisted, [false, true])
  await isSignedOut(t, page)
})

t.test('a page that its own script goes back to is signed out, too, here where that session alone was ended', async (t) => {
  const browser = await startBrowser(t, CACHING)
  if (browser === null) return
  const { proxy, page } = await openClientPage(t, browser, USER)
  const id = await page.evaluate('window.live.sessionId') as string
  await page.goto(`${proxy.address}/blank`)
  const other = await logIn(proxy.address, USER)
  t.equal((await other.ask('DELETE', `/api/sessions/${id}`)).status, 200)
  await page.evaluate(() => { setTimeout(() => { history.back() }, 0) })
  await isSignedOut(t, page)
  t.same((await toldTo(page)).persisted, [false, true], 'it came out of the cache')
})

t.test('log out, then back: whatever Clear-Site-Data left in the cache, it is signed out, and shows nothing of the user', async (t) => {
  const browser = await startBrowser(t, CACHING)
  if (browser === null) return
  const { proxy, page } = await openClientPage(t, browser, USER)
  await page.goto(`${proxy.address}/blank`)
  t.same(await askFrom(page, [['POST', '/api/auth/logout']]), [200])
  await goBack(page)
  await isSignedOut(t, page)
})
