/** The back/forward cache: a page that comes back asks who it is now. */
import { existsSync } from 'node:fs'
import { chromium, type Page } from 'playwright-core'
import t from 'tap'
import { logIn } from '../helpers/device.ts'
import { buildTabsApp, endSession, openProfile, openTabs, reached, seenBy, type TabWindow } from './tabs-page.ts'

t.test('a page from the back/forward cache that was logged out meanwhile shows nothing of the user', async (t) => {
  const executablePath = [process.env['CHROMIUM_PATH'] ?? '', '/usr/bin/chromium'].find(existsSync)
  if (executablePath === undefined) return t.pass('a browser', { skip: 'no Chromium on this machine' })
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'], ignoreDefaultArgs: ['--disable-back-forward-cache'] })
  t.teardown(() => browser.close())
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
