/** Tabs in trouble: a browser that lets them share nothing, requests that say the session has ended, no network, a node that restarts. */
import type { Page } from 'playwright-core'
import t from 'tap'
import { becomes, startBrowser } from '../helpers/browser.ts'
import { until } from '../helpers/cluster.ts'
import { logIn } from '../helpers/device.ts'
import { buildTabsApp, endSession, openProfile, openTabs, reached, seenBy, type TabWindow } from './tabs-page.ts'

/** For all but the case that restarts its own; each signs in with a profile of its own. */
const node = await buildTabsApp(t)

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

t.test('an answer to live.fetch that says SESSION_REVOKED signs out all tabs, and the app can still read it', async (t) => {
  const browser = await startBrowser(t)
  if (browser === null) return
  const context = await openProfile(browser, node.address)
  const pages = await openTabs(context, node.address, 2)
  await context.route('**/api/orders', async (route) => {
    await route.fulfill({ status: 401, json: { statusCode: 401, code: 'SESSION_REVOKED', reason: 'policy', error: 'Unauthorized', message: '' } })
  })
  const body = await pages[1]!.evaluate(async () => await (await (globalThis as TabWindow).live.fetch('/api/orders')).json())
  t.equal(body.reason, 'policy')
  for (const page of pages) {
    const { logouts } = await until(() => seenBy(page), (seen) => seen.logouts.length > 0)
    t.same(logouts.map(({ reason, via }) => [reason, via]), [['policy', 'request']])
  }
})

t.test('another 401 on live.fetch signs nobody out', async (t) => {
  const browser = await startBrowser(t)
  if (browser === null) return
  const [page] = await openTabs(await openProfile(browser, node.address), node.address, 1) as [Page]
  await page.context().route('**/api/orders', async (route) => { await route.fulfill({ status: 401, json: { code: 'SESSION_REQUIRED' } }) })
  t.equal(await page.evaluate(async () => (await (globalThis as TabWindow).live.fetch('/api/orders')).status), 401)
  await page.evaluate(async () => { await new Promise((resolve) => { setTimeout(resolve, 0) }) })
  t.equal(await page.evaluate(() => (globalThis as TabWindow).live.state), 'open')
})

t.test('a page that ends its own session hears the answer first, then onLogout', async (t) => {
  const browser = await startBrowser(t)
  if (browser === null) return
  const [page] = await openTabs(await openProfile(browser, node.address), node.address, 1) as [Page]
  const before = await page.evaluate(async () => {
    const { live, seen } = globalThis as TabWindow
    const { status } = await live.fetch('/api/auth/logout', { method: 'POST' })
    return [status, seen.logouts.length]
  })
  t.same(before, [200, 0])
  const { logouts } = await until(() => seenBy(page), (seen) => seen.logouts.length > 0)
  t.same(logouts.map(({ reason }) => reason), ['logout'])
})

t.test('without a network no tab says live; with one again both are live, and nobody is signed out', async (t) => {
  const browser = await startBrowser(t)
  if (browser === null) return
  const context = await openProfile(browser, node.address)
  const pages = await openTabs(context, node.address, 2)
  await context.setOffline(true)
  for (const page of pages) await reached(page, 'offline')
  await context.setOffline(false)
  for (const page of pages) {
    await reached(page, 'open')
    t.same((await seenBy(page)).logouts, [])
  }
})

t.test('a node that restarts (1012) ends live again in both tabs, without a sign-out', async (t) => {
  const browser = await startBrowser(t)
  if (browser === null) return
  const node = await buildTabsApp(t)
  const context = await openProfile(browser, node.address)
  const pages = await openTabs(context, node.address, 2)
  const { port } = new URL(node.address)
  await node.app.close()
  for (const page of pages) await becomes(page, "window.live.state !== 'open'")
  await buildTabsApp(t, {}, node.database, Number(port))
  for (const page of pages) {
    await reached(page, 'open')
    t.same((await seenBy(page)).logouts, [])
  }
})
