/** The demo's page, as a person uses it: for everybody, with a server that comes back, names, reloads, mistakes, and the administrator's switch. */
import file, { test } from 'tap'
import { createEmptyDatabase } from '../helpers/database.ts'
import { startDemo } from '../helpers/demo-process.ts'
import { openPage, signIn, startBrowser } from '../helpers/browser.ts'
import { axe } from '../panel/panel-app.ts'

const env = { DATABASE_URL: (await createEmptyDatabase(file)).url, JWT_SECRET: 'x'.repeat(32) }
/** One node for all; another one takes its place where it restarts. In this order: axe-core finds one administrator, and what is switched at the end stays. */
const { address, end } = await startDemo(file, env)

test('axe-core finds nothing in the demo: signing in, the devices, an administrator\'s page, signed out', async (t) => {
  const browser = await startBrowser(t)
  if (browser === null) return
  const page = await openPage(t, browser, address)
  async function check (view: string): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      // without the transition between the two
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      t.same(await axe(page), [], `${view}, ${colorScheme}`)
    }
  }
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  await check('signing in')
  await signIn(page, 'admin@example.com')
  await page.locator('live-sessions-admin [part=session]').waitFor()
  await check('an administrator\'s devices')
  await page.getByRole('button', { name: 'Log out', exact: true }).first().click()
  await page.getByRole('heading', { name: 'You are logged out' }).waitFor()
  await check('signed out')
})

test('a server that restarts signs nobody out: the page says so, offers to try again, and is live again by itself', async (t) => {
  const browser = await startBrowser(t)
  if (browser === null) return
  const mine = await openPage(t, browser, address)
  await signIn(mine, 'second@example.com')
  const other = await openPage(t, browser, address)
  await signIn(other, 'second@example.com')
  await mine.getByText('You are signed in on 2 devices.').waitFor()

  t.equal((await end('SIGTERM')).code, 0)
  try {
    await mine.getByText('Reconnecting…').waitFor()
    await mine.locator('[part=session]').getByRole('button', { name: /^Log out / }).click()
    await mine.getByRole('dialog').getByRole('button', { name: 'Log out' }).click()
    await mine.getByText('The server can not be reached. Is the network gone?').waitFor()
  } finally {
    await startDemo(file, { ...env, PORT: new URL(address).port })
  }
  await mine.getByText('Live', { exact: true }).waitFor()
  await mine.getByRole('button', { name: 'Retry' }).click()
  await other.getByRole('heading', { name: 'You were logged out from another device' }).waitFor()
  await mine.getByText('You are signed in here, and nowhere else.').waitFor()
})

test('a device is renamed in place, and a name that is markup stays a name', async (t) => {
  const browser = await startBrowser(t)
  if (browser === null) return
  const first = await openPage(t, browser, address)
  await signIn(first, 'second@example.com')
  const second = await openPage(t, browser, address)
  await signIn(second, 'second@example.com')

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

test('the administrator allows one device at a time: the next sign-in logs the first device out, in words', async (t) => {
  const browser = await startBrowser(t)
  if (browser === null) return
  const admin = await openPage(t, browser, address)
  await signIn(admin, 'admin@example.com')
  const first = await openPage(t, browser, address)
  await signIn(first)
  const second = await openPage(t, browser, address)
  await signIn(second)
  await first.getByText('You are signed in on 2 devices.').waitFor()

  const rule = admin.getByRole('radio', { name: /^All others are logged out/ })
  t.ok(await admin.getByRole('radio', { name: /^Both stay signed in/ }).isChecked())
  await rule.check()
  await admin.getByText('Saved. It holds from the next sign-in on.').waitFor()
  if (process.env['SCREENSHOTS'] !== undefined) await admin.screenshot({ path: `${process.env['SCREENSHOTS']}/administrator.png`, fullPage: true })
  t.equal(await first.getByText('Live', { exact: true }).count(), 1)

  const third = await openPage(t, browser, address)
  await signIn(third)
  for (const page of [first, second]) await page.getByRole('heading', { name: 'You signed in somewhere else' }).waitFor()
  await third.getByText('You are signed in here, and nowhere else.').waitFor()

  await admin.getByLabel('User, name or address').fill('user@example.com')
  await admin.keyboard.press('Enter')
  const all = admin.locator('live-sessions-admin')
  await all.getByText('Sessions: 1.').first().waitFor()
  await all.getByText('user@example.com').waitFor()
  t.equal(await all.getByText('user-1').count(), 0, 'people have addresses, not ids')

  await admin.reload()
  await admin.getByText('Live', { exact: true }).waitFor()
  t.ok(await rule.isChecked(), 'it is kept')
  t.equal(await third.locator('#concurrent-login').isVisible(), false, 'and not for others')
})
