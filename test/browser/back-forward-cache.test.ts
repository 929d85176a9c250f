/** The back/forward cache: a page that comes back asks who it is now. */
import type { Page } from 'playwright-core'
import t from 'tap'
import { startBrowser } from '../helpers/browser.ts'
import { logIn } from '../helpers/device.ts'
import { buildTabsApp, endSession, openProfile, openTabs, reached, seenBy, type TabWindow } from './tabs-page.ts'

t.test('a page from the back/forward cache that was logged out meanwhile shows nothing of the user', async (t) => {
  const browser = await startBrowser(t, { cachesPages: true })
  if (browser === null) return
  const node = await buildTabsApp(t)
  const context = await openProfile(browser, node.address)
  const [page] = await openTabs(context, node.address, 1) as [Page]
  const id = await page.evaluate(() => (globalThis as TabWindow).live.sessionId) as string
  await page.goto(`${node.address}/blank`)
  const admin = await logIn(node.address)
  t.equal(await endSession(node.address, admin.token, id), 200)
  await page.evaluate(() => { setTimeout(() => { history.back() }, 0) })
  await reached(page, 'signedOut')
  t.equal((await seenBy(page)).persisted, true, 'it came out of the cache')
  t.equal(await page.locator('#user').textContent(), '')
  t.equal((await seenBy(page)).logouts.length, 1)
})
