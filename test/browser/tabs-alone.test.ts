/** Tabs that cannot share: each has a socket of its own, and both hear of the end. */
import t from 'tap'
import type { Page } from 'playwright-core'
import { startBrowser } from '../helpers/browser.ts'
import { until } from '../helpers/cluster.ts'
import { logIn } from '../helpers/device.ts'
import { buildTabsApp, endSession, openProfile, openTabs, reached, seenBy, type TabWindow } from './tabs-page.ts'

/** What a browser is without; each runs in the page before its scripts. */
const WITHOUT: Record<string, () => void> = {
  'without Web Locks': () => {
    Object.defineProperty(Navigator.prototype, 'locks', { value: undefined })
  },
  'where locks are forbidden, as in a sandboxed frame': () => {
    LockManager.prototype.request = async () => { throw new DOMException('', 'SecurityError') }
  },
  'where a browser keeps nothing, as Firefox without cookies': () => {
    LockManager.prototype.request = async () => { throw new DOMException('', 'SecurityError') }
    globalThis.BroadcastChannel = class { constructor () { throw new DOMException('', 'SecurityError') } } as unknown as typeof BroadcastChannel
  }
}

for (const [where, take] of Object.entries(WITHOUT)) {
  t.test(`${where}, each tab has its own socket, and both hear of the end`, async (t) => {
    const browser = await startBrowser(t)
    if (browser === null) return
    const node = await buildTabsApp(t)
    const context = await openProfile(browser, node.address)
    await context.addInitScript(take)
    const pages = await openTabs(context, node.address, 2) as [Page, Page]
    t.same(await until(async () => node.socketsByProfile(), (counts) => counts.join() === '2'), [2])
    const id = await pages[0].evaluate(() => (globalThis as TabWindow).live.sessionId) as string
    const admin = await logIn(node.address)
    t.equal(await endSession(node.address, admin.token, id), 200)
    for (const page of pages) {
      await reached(page, 'signedOut')
      const { logouts } = await until(() => seenBy(page), (seen) => seen.logouts.length > 0)
      t.same(logouts.map(({ reason }) => reason), ['revoked_by_user'], 'told once')
    }
  })
}
