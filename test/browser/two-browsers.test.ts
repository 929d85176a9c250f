/** What the project is for, as a person sees it: two browsers, one logs the other out, and it is out at once. */
import { test } from 'tap'
import { createEmptyDatabase } from '../helpers/database.ts'
import { findServices } from '../helpers/services.ts'
import { startDemo } from '../helpers/demo-process.ts'
import { openPage, signIn, startBrowser } from '../helpers/browser.ts'

const JWT_SECRET = 'x'.repeat(32)

test('"Log out" beside the other browser signs that page out, with the reason in words, and leaves this one alone', async (t) => {
  const browser = await startBrowser(t)
  if (browser === null) return
  const { address } = await startDemo(t, { DATABASE_URL: (await createEmptyDatabase(t)).url, JWT_SECRET })
  const mine = await openPage(t, browser, address)
  await signIn(mine)
  const others = await openPage(t, browser, address)
  await signIn(others)
  const theirTab = await others.context().newPage()
  await theirTab.goto(address)
  await theirTab.getByText('Live', { exact: true }).waitFor()

  // it appeared without a reload
  const logOut = mine.locator('[part=session]').getByRole('button', { name: /^Log out / })
  await logOut.waitFor()
  t.equal(await mine.locator('[part=session]').count(), 2)
  await logOut.click()
  await mine.getByRole('dialog').getByRole('button', { name: 'Log out' }).click()

  const gone = 'You were logged out from another device'
  await others.getByRole('heading', { name: gone }).waitFor()
  await theirTab.getByRole('heading', { name: gone }).waitFor()
  await mine.getByText('You are signed in here, and nowhere else.').waitFor()
  t.equal(await mine.getByText('Live', { exact: true }).count(), 1)

  await others.reload()
  await others.getByRole('heading', { name: gone }).waitFor()
  t.equal(await others.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.textContent), gone, 'the focus is on what happened')
  await others.getByRole('button', { name: 'Sign in again' }).click()
  await signIn(others, 'user@example.com')
  t.equal(await others.locator('[part=session]').count(), 2)
})

test('over two nodes with Redis between them it works the same, and "all other devices" spares this one', async (t) => {
  const browser = await startBrowser(t)
  if (browser === null) return
  const env = { DATABASE_URL: (await createEmptyDatabase(t)).url, REDIS_URL: (await findServices()).redis.url, JWT_SECRET }
  const SESSION_OPTIONS = JSON.stringify({ redisPrefix: `test-${process.pid}-${Date.now()}` })
  const nodes = await Promise.all([startDemo(t, { ...env, SESSION_OPTIONS }), startDemo(t, { ...env, SESSION_OPTIONS })])
  const mine = await openPage(t, browser, nodes[0].address)
  await signIn(mine)
  const others = [await openPage(t, browser, nodes[1].address), await openPage(t, browser, nodes[1].address)]
  for (const page of others) await signIn(page)

  await mine.getByText('You are signed in on 3 devices.').waitFor()
  await mine.getByRole('button', { name: 'Log out all other devices' }).click()
  await mine.getByRole('dialog').getByRole('button', { name: 'Log out' }).click()
  for (const page of others) await page.getByRole('heading', { name: 'You were logged out from another device' }).waitFor()
  await mine.getByText('You are signed in here, and nowhere else.').waitFor()
  t.equal(await mine.locator('[part=session]').count(), 1)
  for (const page of others) t.notMatch(await page.locator('body').innerText(), 'revoked_by_user', 'in words, not in codes')
})
