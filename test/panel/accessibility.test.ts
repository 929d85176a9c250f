/** The elements for everybody: axe-core finds nothing, in any light or direction, and the keyboard alone is enough. */
import { test } from 'tap'
import type { Page } from 'playwright-core'
import { axe, rows, startPanelApp, IPHONE, USER, WINDOWS } from './panel-app.ts'

const PANEL = '<live-sessions-panel></live-sessions-panel>'
const ADMIN = '<live-sessions-admin></live-sessions-admin>'
const OUT = `<live-sessions-logged-out heading-level="2" reason="revoked_by_user" at="2026-11-28T09:41:00Z" by="Firefox on Windows">
  <a href="/">Sign in</a></live-sessions-logged-out>`

async function eachLight (page: Page, check: (light: string) => Promise<void>): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await check(colorScheme)
  }
}

test('axe-core finds nothing in the panel: closed and open, asking, light and dark, left-to-right and right-to-left', async (t) => {
  const panel = await startPanelApp(t, { '/ltr': { body: PANEL }, '/rtl': { body: PANEL, dir: 'rtl' } })
  if (panel === null) return
  const { app, device, open } = panel
  for (const agent of [IPHONE, IPHONE, WINDOWS]) await device(agent)
  await app.sessions.revoke((await device(WINDOWS)).id, { reason: 'revoked_by_user' })
  for (const path of ['/ltr', '/rtl']) {
    const page = await open(path)
    await rows(page).nth(3).waitFor()
    await eachLight(page, async (light) => { t.same(await axe(page), [], `${path}, ${light}`) })
    await rows(page).nth(1).getByRole('button', { name: /^Details of / }).click()
    await rows(page).nth(2).getByRole('button', { name: /^Rename / }).click()
    await page.getByText('Ended sessions').click()
    await page.getByText('Logged out from another device').first().waitFor()
    await eachLight(page, async (light) => { t.same(await axe(page), [], `${path}, opened, ${light}`) })
    await rows(page).nth(3).getByRole('button', { name: /^Log out / }).click()
    await page.getByRole('dialog').waitFor()
    await eachLight(page, async (light) => { t.same(await axe(page), [], `${path}, asking, ${light}`) })
    await page.getByRole('dialog').getByRole('button', { name: 'Log out' }).click()
    await page.getByText('Logged out · ').first().waitFor()
    await eachLight(page, async (light) => { t.same(await axe(page), [], `${path}, ended, ${light}`) })
  }
})

test('axe-core finds nothing in the administrators\' panel and on the logged-out screen', async (t) => {
  const panel = await startPanelApp(t, {
    '/admin': { entry: 'admin', body: ADMIN },
    '/admin-rtl': { entry: 'admin', body: ADMIN, dir: 'rtl' },
    '/out': { entry: 'logged-out', body: OUT }
  }, { options: { admin: { authorize: () => true } } })
  if (panel === null) return
  const { device, open } = panel
  await device(IPHONE)
  await device(WINDOWS, { email: 'ada@example.com' })
  for (const path of ['/admin', '/admin-rtl']) {
    const page = await open(path)
    await rows(page).nth(2).waitFor()
    await rows(page).nth(1).getByRole('button', { name: /^Details of / }).click()
    await page.getByText('Log out many at once').click()
    await page.getByLabel('Country').waitFor()
    await eachLight(page, async (light) => { t.same(await axe(page), [], `${path}, ${light}`) })
  }
  const page = await open('/out')
  await page.getByText('It was done on “Firefox on Windows”').waitFor()
  await eachLight(page, async (light) => { t.same(await axe(page), [], `/out, ${light}`) })
})

test('by keyboard alone: to another device, its details, a new name, its end; the focus is never lost', async (t) => {
  const panel = await startPanelApp(t, { '/': { body: PANEL } })
  if (panel === null) return
  const { app, device, open } = panel
  const { id } = await device(WINDOWS)
  const page = await open()
  await rows(page).nth(1).waitFor()
  /** What the focus is on: its name, or its text. */
  const focused = async (): Promise<string> => await page.evaluate(() => {
    const active = document.activeElement?.shadowRoot?.activeElement
    return active?.ariaLabel ?? active?.textContent ?? active?.tagName ?? ''
  })
  async function tabTo (name: string): Promise<void> {
    for (let presses = 0; presses < 20; presses++) {
      if (await focused() === name) return
      await page.keyboard.press('Tab')
    }
    t.fail(`Tab does not reach "${name}"`)
  }

  await tabTo('Details of Firefox on Windows')
  await page.keyboard.press('Enter')
  await rows(page).nth(1).getByText('127.0.0.1 (').waitFor()
  t.equal(await focused(), 'Details of Firefox on Windows')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.keyboard.type('Office')
  await page.keyboard.press('Enter')
  await rows(page).nth(1).getByText('Office', { exact: true }).waitFor()
  t.equal(await focused(), 'Rename Office')
  await page.keyboard.press('Tab')
  t.equal(await focused(), 'Log out Office')
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor()
  t.equal(await focused(), 'Cancel', 'a key that is held down ends nothing')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Space')
  await page.getByText('You are signed in here, and nowhere else.').waitFor()
  t.equal(await page.evaluate(() => (document.activeElement?.shadowRoot?.activeElement as HTMLElement).dataset['sessionId']), id)
  t.equal((await app.sessions.list(USER)).length, 1)
  await tabTo('Ended sessions')
  await page.keyboard.press('Enter')
  await page.getByText('Logged out from another device').waitFor()
})
