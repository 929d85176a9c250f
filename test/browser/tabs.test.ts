/** Tabs of one browser: one socket for all of them, and whatever happens to the tab that holds it, the others stay covered. */
import type { BrowserContext, Page } from 'playwright-core'
import t from 'tap'
import type { Session } from '../../src/protocol.ts'
import { createDatabase } from '../helpers/database.ts'
import { startBrowser } from '../helpers/browser.ts'
import { until } from '../helpers/cluster.ts'
import { logIn } from '../helpers/device.ts'
import { randomPrefix, redisUrl } from '../helpers/redis.ts'
import {
  buildTabsApp, byRole, endSession, isLeading, openProfile, openTab, openTabs, reached, seenBy, type TabWindow
} from './tabs-page.ts'

t.test('three profiles with two tabs each, over two nodes: a logout is seen in both tabs of that profile, and nowhere else', async (t) => {
  const browser = await startBrowser(t)
  if (browser === null) return
  const database = await createDatabase(t)
  const options = { redis: await redisUrl(), redisPrefix: randomPrefix() }
  const nodes = [await buildTabsApp(t, options, database), await buildTabsApp(t, options, database)] as const
  const places = [nodes[0], nodes[1], nodes[0]]
  const profiles: Page[][] = []
  for (const { address } of places) profiles.push(await openTabs(await openProfile(browser, address), address, 2))
  t.same(await until(async () => nodes.flatMap((node) => node.socketsByProfile()), (counts) => counts.join() === '1,1,1'), [1, 1, 1], 'one socket a profile')

  const ids = await Promise.all(profiles.map(async ([page]) => await (page as Page).evaluate(() => (globalThis as TabWindow).live.sessionId)))
  const admin = await logIn(nodes[0].address)
  t.equal(await endSession(nodes[0].address, admin.token, ids[1] as string), 200)
  for (const page of profiles[1] as Page[]) {
    await reached(page, 'signedOut')
    await until(() => seenBy(page), ({ logouts }) => logouts.length > 0)
    const { logouts } = await seenBy(page)
    t.same(logouts.map(({ reason, via }) => [reason, via]), [['revoked_by_user', 'push']], 'told once')
  }
  for (const page of [...profiles[0] as Page[], ...profiles[2] as Page[]]) {
    t.equal(await page.evaluate(() => (globalThis as TabWindow).live.state), 'open')
    t.same((await seenBy(page)).logouts, [])
  }
  const { body } = await admin.ask<Session[]>('GET', '/api/sessions?include=ended')
  t.ok(body.find(({ id }) => id === ids[1])?.logoutDeliveredAt, 'the server has the receipt')
})

/** Neither timers nor messages run any more, and the lock stays held. (Page.setWebLifecycleState does nothing to a page that is seen.) */
async function freeze (page: Page): Promise<() => Promise<void>> {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Debugger.enable')
  await cdp.send('Debugger.pause')
  return async () => { await cdp.send('Debugger.resume') }
}

/** What this browser's tabs acknowledge from now on, without the event's id. */
function gatherReceipts (context: BrowserContext): unknown[] {
  const receipts: unknown[] = []
  context.on('page', (page) => {
    page.on('websocket', (socket) => {
      socket.on('framesent', ({ payload }) => {
        const { eventId: _, ...receipt } = JSON.parse(String(payload))
        receipts.push(receipt)
      })
    })
  })
  return receipts
}

/** The next requests of `/mine` are answered as those of a session that has ended. */
async function refuse (page: Page): Promise<void> {
  await page.route('**/mine', async (route) => {
    await route.fulfill({ status: 401, json: { statusCode: 401, code: 'SESSION_REVOKED', error: 'Unauthorized', message: 'ended', reason: 'revoked_by_user' } })
  })
}

/** What tabs have told each other from now on: that the session has ended, and that they want to know. */
async function countTold (page: Page, address: string, sessionId: string): Promise<() => Promise<{ ended: number, ask: number }>> {
  const channel = `live-sessions ${address.replace('http', 'ws')}/api/sessions/socket ${sessionId}`
  const listener = await page.evaluateHandle((name) => {
    const counts: Record<string, number> = { ended: 0, ask: 0 }
    new BroadcastChannel(name).onmessage = ({ data: { type } }) => { counts[type] = (counts[type] ?? 0) + 1 }
    return counts
  }, channel)
  return async () => await listener.evaluate(({ ended = 0, ask = 0 }) => ({ ended, ask }))
}

const ENDS: Record<string, (leader: Page) => Promise<void>> = {
  closed: async (leader) => { await leader.close() },
  crashed: async (leader) => {
    const cdp = await leader.context().newCDPSession(leader)
    const crashed = leader.waitForEvent('crash')
    cdp.send('Page.crash').catch(() => {})
    await crashed
  },
  frozen: async (leader) => {
    await freeze(leader)
  },
  busy: async (leader) => { leader.evaluate(() => { for (const end = Date.now() + 6000; Date.now() < end;); }).catch(() => {}) }
}

for (const [how, endIt] of Object.entries(ENDS)) {
  t.test(`the leading tab is ${how}: another one holds the socket soon, and a logout reaches the others`, async (t) => {
    const browser = await startBrowser(t)
    if (browser === null) return
    const node = await buildTabsApp(t)
    const context = await openProfile(browser, node.address)
    const { leader, followers } = await byRole(await openTabs(context, node.address, 3))
    const began = Date.now()
    await endIt(leader)
    await until(async () => await Promise.all(followers.map(isLeading)), (leads) => leads.includes(true))
    t.comment(`covered after ${Date.now() - began} ms`)
    for (const page of followers) await reached(page, 'open')
    const id = await followers[0]!.evaluate(() => (globalThis as TabWindow).live.sessionId) as string
    const admin = await logIn(node.address)
    t.equal(await endSession(node.address, admin.token, id), 200)
    for (const page of followers) await reached(page, 'signedOut')
    t.ok(Date.now() - began < 60_000)
  })
}

t.test('a leader that thaws lets its socket go: one is left, and it follows', async (t) => {
  const browser = await startBrowser(t)
  if (browser === null) return
  const node = await buildTabsApp(t)
  const context = await openProfile(browser, node.address)
  const { leader, followers } = await byRole(await openTabs(context, node.address, 2))
  const thaw = await freeze(leader)
  await until(() => isLeading(followers[0] as Page), Boolean)
  await thaw()
  await until(async () => node.socketsByProfile(), (counts) => counts.join() === '1')
  await until(async () => await Promise.all([leader, followers[0] as Page].map(isLeading)), (leads) => leads.join() === 'false,true')
  await reached(leader, 'open')
  t.same((await seenBy(leader)).logouts, [])
})

t.test('forty tabs share one socket and sign out together', { timeout: 180_000 }, async (t) => {
  const browser = await startBrowser(t)
  if (browser === null) return
  const node = await buildTabsApp(t)
  const context = await openProfile(browser, node.address)
  const pages = await openTabs(context, node.address, 40)
  t.same(await until(async () => node.socketsByProfile(), (counts) => counts.join() === '1'), [1])
  t.comment(`${node.opened} sockets were asked for`)
  const id = await pages[0]!.evaluate(() => (globalThis as TabWindow).live.sessionId) as string
  const admin = await logIn(node.address)
  const told = await countTold(pages[0]!, node.address, id)
  const began = Date.now()
  const all = Promise.all(pages.map((page) => reached(page, 'signedOut')))
  t.equal(await endSession(node.address, admin.token, id), 200)
  await all
  t.comment(`all are out after ${Date.now() - began} ms`)
  // what one tab says may come to this listener after it has come to the others
  await until(told, ({ ended }) => ended > 0)
  for (const page of pages) t.equal((await seenBy(page)).logouts.length, 1)
  const { ended, ask } = await told()
  // one socket and nobody who asks, but for a leader that was slow on a busy machine
  t.ok(ended <= node.opened + ask, `who heard it on a socket says it, or answers, and none repeats it: ${ended} times, ${node.opened} sockets, ${ask} questions`)
})

t.test('two sessions of one browser never mix: a page of the session before is not told of the new one\'s', async (t) => {
  const browser = await startBrowser(t)
  if (browser === null) return
  const node = await buildTabsApp(t)
  const context = await openProfile(browser, node.address)
  const [before] = await openTabs(context, node.address, 1) as [Page]
  await context.clearCookies()
  const again = await context.request.post(`${node.address}/api/auth/login`, {
    data: { email: 'other@example.com', password: 'correct horse battery staple', transport: 'cookie' }, headers: { origin: node.address }
  })
  t.equal(again.status(), 200)
  const after = await openTab(context, node.address)
  await reached(after, 'open')
  t.same([await isLeading(before), await isLeading(after)], [true, true], 'each session has its own socket')
  const id = await after.evaluate(() => (globalThis as TabWindow).live.sessionId) as string
  const admin = await logIn(node.address, 'other@example.com')
  t.equal(await endSession(node.address, admin.token, id), 200)
  await reached(after, 'signedOut')
  t.equal(await before.evaluate(() => (globalThis as TabWindow).live.state), 'open')
})

t.test('every tab erases what it keeps, then the server hears that it is done', async (t) => {
  const browser = await startBrowser(t)
  if (browser === null) return
  const node = await buildTabsApp(t)
  const context = await openProfile(browser, node.address)
  const receipts = gatherReceipts(context)
  const pages = await openTabs(context, node.address, 2, '/?wipe')
  for (const page of pages) {
    await page.evaluate(async () => {
      sessionStorage.setItem('mine', '1')
      localStorage.setItem('ours', '1')
      await caches.open('pages')
      await new Promise((resolve) => {
        const request = indexedDB.open('mail')
        request.onsuccess = () => { request.result.close(); resolve(null) }
      })
    })
  }
  const id = await pages[0]!.evaluate(() => (globalThis as TabWindow).live.sessionId) as string
  const admin = await logIn(node.address)
  t.equal(await endSession(node.address, admin.token, id), 200)
  for (const page of pages) {
    await until(() => seenBy(page), ({ logouts }) => logouts.length === 1)
    t.same(await page.evaluate(async () => [
      sessionStorage.length, localStorage.length, (await caches.keys()).length, (await indexedDB.databases()).length
    ]), [0, 0, 0, 0])
    t.equal((await seenBy(page)).wipes, 1)
  }
  await until(async () => receipts, ({ length }) => length === 2)
  t.same(receipts, [
    { type: 'ack', state: 'delivered', wiping: true }, { type: 'ack', state: 'wiped' }
  ])
})

for (const [what, leaves, third, receipt] of [
  ['does not stand for one that could not be', false, 'fails', []],
  ['does not when it has left before anybody counts, either', true, 'fails', []],
  ['is counted', false, 'quick', [{ type: 'ack', state: 'wiped' }]]
] as const) {
  t.test(`a tab whose own request told of the end, and that is wiped at once, ${what}`, async (t) => {
    const browser = await startBrowser(t)
    if (browser === null) return
    const node = await buildTabsApp(t)
    const context = await openProfile(browser, node.address)
    const receipts = gatherReceipts(context)
    const [leader] = await openTabs(context, node.address, 1, '/?wipe=quick')
    const [teller] = await openTabs(context, node.address, 1, '/?wipe=quick')
    const [last] = await openTabs(context, node.address, 1, `/?wipe=${third}`)
    t.same(await Promise.all([leader, teller, last].map(async (page) => await isLeading(page!))), [true, false, false])
    await refuse(teller!)
    // the leader counts who waits behind it when the others have been done for long
    await leader!.evaluate((ms) => {
      const { locks } = navigator
      const query = locks.query.bind(locks)
      locks.query = async () => {
        await new Promise((resolve) => setTimeout(resolve, ms))
        return await query()
      }
    }, 300)
    const id = await leader!.evaluate(() => (globalThis as TabWindow).live.sessionId) as string
    const admin = await logIn(node.address)
    // so that the push comes while the tabs are wiping
    await teller!.evaluate(async () => { await (globalThis as TabWindow).live.fetch('/mine') })
    if (leaves) {
      await until(() => seenBy(teller!), ({ logouts }) => logouts.length === 1)
      await teller!.goto(`${node.address}/blank`)
    }
    t.equal(await endSession(node.address, admin.token, id), 200)
    for (const page of leaves ? [leader, last] : [leader, teller, last]) await until(() => seenBy(page!), ({ logouts }) => logouts.length === 1)
    await until(async () => receipts, ({ length }) => length > 0)
    // the server waits for 5 s, and then knows that it does not know
    await until(async () => node.socketsByProfile(), ({ length }) => length === 0)
    t.same(receipts, [{ type: 'ack', state: 'delivered', wiping: true }, ...receipt])
  })
}

t.test('a request that told of the end before the push did leaves the push its receipt', async (t) => {
  const browser = await startBrowser(t)
  if (browser === null) return
  const node = await buildTabsApp(t)
  const context = await openProfile(browser, node.address)
  const receipts = gatherReceipts(context)
  const [page] = await openTabs(context, node.address, 1) as [Page]
  await refuse(page)
  const id = await page.evaluate(() => (globalThis as TabWindow).live.sessionId) as string
  const admin = await logIn(node.address)
  await page.evaluate(async () => { await (globalThis as TabWindow).live.fetch('/mine') })
  t.equal(await endSession(node.address, admin.token, id), 200)
  await until(() => seenBy(page), ({ logouts }) => logouts.length === 1)
  await until(async () => node.socketsByProfile(), ({ length }) => length === 0)
  t.same(receipts, [{ type: 'ack', state: 'delivered' }])
  t.same((await seenBy(page)).logouts.map(({ via }) => via), ['request'], 'told once')
})
