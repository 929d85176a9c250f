/** Sockets that are cut, nodes that restart, no network: in Chromium, without a reload, and nobody is signed out by mistake. */
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Page } from 'playwright-core'
import { becomes, startBrowser } from '../helpers/browser.ts'
import { logIn } from '../helpers/device.ts'
import { openClientPage, reach, startApp, toldTo } from './client-page.ts'

const USER = 'user@example.com'
const CUTS = 4
/** Five minutes, a cut every five seconds: `CUT_FOR_MS=300000 CUT_EVERY_MS=5000 npm run test:run -- test/browser/bad-networks.test.ts`. */
const { CUT_FOR_MS = '2000', CUT_EVERY_MS = '200' } = process.env

/** The page was never reloaded, is live, told of no logout; and the end, when it comes, reaches it. */
async function isWell (t: Test, page: Page, address: string): Promise<void> {
  await reach(page, 'open')
  const { logouts, states } = await toldTo(page)
  t.same(logouts, [], 'signed nobody out')
  t.equal(states[0], 'open', 'the page was not reloaded')
  await endFromElsewhere(t, address)
  await isSignedOut(t, page)
}

async function endFromElsewhere (t: Test, address: string): Promise<void> {
  const other = await logIn(address, USER)
  t.equal((await other.ask('DELETE', '/api/sessions/others')).status, 200)
}

async function isSignedOut (t: Test, page: Page): Promise<void> {
  await reach(page, 'signedOut')
  await becomes(page, 'window.told.logouts.length > 0')
  t.same((await toldTo(page)).logouts, ['revoked_by_user'], 'once, with its reason')
  t.equal(await page.locator('#secret').textContent(), '', 'nothing of the user shows')
}

t.test('a proxy that cuts every socket signs nobody out: each time the page is live again by itself', async (t) => {
  const browser = await startBrowser(t)
  if (browser === null) return
  const { proxy, page } = await openClientPage(t, browser, USER)
  for (let cut = 1; cut <= CUTS; cut++) {
    await reach(page, 'open')
    t.equal(proxy.kill(), 1)
    await becomes(page, `window.told.states.filter((state) => state === 'open').length > ${cut}`)
  }
  t.equal(proxy.handshakes(), CUTS + 1, 'one socket after each cut')
  await isWell(t, page, proxy.address)
})

t.test('a proxy that cuts all sockets again and again signs nobody out, however many tries that takes', { timeout: Number(CUT_FOR_MS) + 120_000 }, async (t) => {
  const browser = await startBrowser(t)
  if (browser === null) return
  const { proxy, page } = await openClientPage(t, browser, USER)
  await reach(page, 'open')
  let cut = 0
  const cuts = setInterval(() => { cut += proxy.kill() }, Number(CUT_EVERY_MS))
  t.teardown(() => { clearInterval(cuts) })
  await delay(Number(CUT_FOR_MS))
  clearInterval(cuts)
  t.ok(cut > 0)
  t.comment(`${cut} sockets cut of ${proxy.handshakes()} in ${CUT_FOR_MS} ms`)
  await isWell(t, page, proxy.address)
})

t.test('a node that restarts (1012) signs nobody out: the page is live on the next node', async (t) => {
  const browser = await startBrowser(t)
  if (browser === null) return
  const { node, proxy, page } = await openClientPage(t, browser, USER)
  const next = await startApp(t, { database: node.database })
  proxy.leadTo(next.address)
  await node.app.close()
  await becomes(page, 'window.told.states.length > 1')
  t.equal((await toldTo(page)).states[1], 'waiting', '1012 asks nothing: it waits')
  await isWell(t, page, proxy.address)
})

t.test('offline for a while: live again when the network is back, and nobody is signed out', async (t) => {
  const browser = await startBrowser(t)
  if (browser === null) return
  const { proxy, page } = await openClientPage(t, browser, USER)
  await page.context().setOffline(true)
  proxy.kill()
  await becomes(page, "window.live.state !== 'open'")
  await page.context().setOffline(false)
  await isWell(t, page, proxy.address)
})

t.test('ended while it was offline: signed out when the network is back', async (t) => {
  const browser = await startBrowser(t)
  if (browser === null) return
  const { proxy, page } = await openClientPage(t, browser, USER)
  await page.context().setOffline(true)
  proxy.kill()
  await becomes(page, "window.live.state !== 'open'")
  await endFromElsewhere(t, proxy.address)
  t.same((await toldTo(page)).logouts, [])
  await page.context().setOffline(false)
  await isSignedOut(t, page)
})
