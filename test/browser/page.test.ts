/** The page, as a person uses it: names, reloads, mistakes, and a server that comes back. */
import { test } from 'tap'
import { createEmptyDatabase } from '../helpers/database.ts'
import { startDemo } from '../helpers/demo-process.ts'
import { openPage, signIn, startBrowser } from '../helpers/browser.ts'

const JWT_SECRET = 'x'.repeat(32)

test('a device is renamed in place, and a name that is markup stays a name', async (t) => {
  const browser = await startBrowser(t)
  if (browser === null) return
  const { address } = await startDemo(t, { DATABASE_URL: (await createEmptyDatabase(t)).url, JWT_SECRET })
  const first = await openPage(t, browser, address)
  await signIn(first)
  const second = await openPage(t, browser, address)
  await signIn(second)

  const name = '<img src=x onerror=alert(1)> "Kitchen" & co'
  await first.locator('[part=session]:has-text("This device")').getByRole('button', { name: /^Rename / }).click()
  await first.getByLabel('Name of this device').fill(name)
  await first.keyboard.press('Enter')
  await first.locator('[part=session] [part=name]', { hasText: name }).waitFor()
  // the other browser hears of it
  await second.locator('[part=session] [part=name]', { hasText: name }).waitFor()
  t.equal(await second.locator('live-sessions-panel img').count(), 0)
})

test('the page finds its session again after a reload, and says in words that the password is wrong', async (t) => {
  const browser = await startBrowser(t)
  if (browser === null) return
  const { address } = await startDemo(t, { DATABASE_URL: (await createEmptyDatabase(t)).url, JWT_SECRET })
  const page = await openPage(t, browser, address)
  await page.getByRole('button', { name: 'user@example.com' }).click()
  await page.getByLabel('Password').fill('wrong')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('alert').filter({ hasText: 'The e-mail address or the password is wrong.' }).waitFor()
  await signIn(page)
  t.equal(await page.evaluate(() => document.cookie), '', 'no script sees the cookie')

  await page.reload()
  await page.getByText('Live', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Log out', exact: true }).click()
  await page.getByRole('heading', { name: 'You are logged out' }).waitFor()
  t.equal(await page.locator('#log-out').isVisible(), false)
})

test('a server that restarts signs nobody out: the page says so, offers to try again, and is live again by itself', async (t) => {
  const browser = await startBrowser(t)
  if (browser === null) return
  const env = { DATABASE_URL: (await createEmptyDatabase(t)).url, JWT_SECRET }
  const before = await startDemo(t, env)
  const mine = await openPage(t, browser, before.address)
  await signIn(mine)
  const other = await openPage(t, browser, before.address)
  await signIn(other)
  await mine.getByText('You are signed in on 2 devices.').waitFor()

  t.equal((await before.end('SIGTERM')).code, 0)
  await mine.getByText('Reconnecting…').waitFor()
  await mine.locator('[part=session]').getByRole('button', { name: /^Log out / }).click()
  await mine.getByRole('dialog').getByRole('button', { name: 'Log out' }).click()
  await mine.getByText('The server can not be reached. Is the network gone?').waitFor()

  await startDemo(t, { ...env, PORT: new URL(before.address).port })
  await mine.getByText('Live', { exact: true }).waitFor()
  await mine.getByRole('button', { name: 'Retry' }).click()
  await other.getByRole('heading', { name: 'You were logged out from another device' }).waitFor()
  await mine.getByText('You are signed in here, and nowhere else.').waitFor()
})
