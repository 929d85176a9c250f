/** The demo's pages for everybody: axe-core finds nothing in any of its views, light and dark. */
import { test } from 'tap'
import { createEmptyDatabase } from '../helpers/database.ts'
import { startDemo } from '../helpers/demo-process.ts'
import { openPage, signIn, startBrowser } from '../helpers/browser.ts'
import { axe } from '../panel/panel-app.ts'

test('axe-core finds nothing in the demo: signing in, the devices, an administrator\'s page, signed out', async (t) => {
  const browser = await startBrowser(t)
  if (browser === null) return
  const { address } = await startDemo(t, { DATABASE_URL: (await createEmptyDatabase(t)).url, JWT_SECRET: 'x'.repeat(32) })
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
