/** The administrator's switch, as a person sees it: switched in the page, and the second login ends the first at once. */
import { test } from 'tap'
import { createEmptyDatabase } from '../helpers/database.ts'
import { startDemo } from '../helpers/demo-process.ts'
import { openPage, signIn, startBrowser } from '../helpers/browser.ts'

test('the administrator allows one device at a time: the next sign-in logs the first device out, in words', async (t) => {
  const browser = await startBrowser(t)
  if (browser === null) return
  const { address } = await startDemo(t, { DATABASE_URL: (await createEmptyDatabase(t)).url, JWT_SECRET: 'x'.repeat(32) })
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
