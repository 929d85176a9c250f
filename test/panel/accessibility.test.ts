/** The elements for everybody: axe-core finds nothing, in any light or direction, the keyboard alone is enough, and where the system chooses the colours, what they say is said by lines. */
import { test } from 'tap'
import type { Locator, Page } from 'playwright-core'
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

type Property = 'outlineColor' | 'outlineStyle' | 'outlineWidth' | 'borderTopColor' | 'borderTopStyle' | 'borderTopWidth' |
'backgroundColor' | 'color' | 'opacity'

const style = async (locator: Locator, property: Property): Promise<string> =>
  await locator.evaluate((element, property) => getComputedStyle(element)[property], property)

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

test('the focus, the current device and what is disabled stay visible under forced colours', async (t) => {
  const panel = await startPanelApp(t, { '/': { body: PANEL } })
  if (panel === null) return
  const { app, device, open } = panel
  const { id } = await device(WINDOWS)
  const page = await open()
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ forcedColors: 'active', colorScheme })
    const [current, other] = [rows(page).first(), rows(page).nth(1)]
    await other.waitFor()
    const ground = await style(other, 'backgroundColor')

    const button = other.getByRole('button', { name: /^Details of / })
    await button.focus()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Shift+Tab')
    t.equal(await style(button, 'outlineStyle'), 'solid')
    t.equal(await style(button, 'outlineWidth'), '2px')
    t.not(await style(button, 'outlineColor'), ground)
    const unfocused = other.getByRole('button', { name: /^Rename / })
    t.not(await style(button, 'outlineColor'), await style(unfocused, 'borderTopColor'), 'the ring is not one more border')

    t.equal(await style(current, 'borderTopWidth'), '2px')
    t.not(await style(current, 'borderTopColor'), await style(other, 'borderTopColor'))
    const badge = current.getByText('This device')
    t.equal(await style(badge, 'borderTopStyle'), 'solid')
    for (const property of ['color', 'borderTopColor'] as const) t.not(await style(badge, property), ground)
  }

  const others = page.getByRole('button', { name: 'Log out all other devices' })
  const before = await style(others, 'color')
  await app.sessions.revoke(id)
  await page.getByText('You are signed in here, and nowhere else.').waitFor()
  t.not(await style(others, 'color'), before)
  t.equal(await style(others, 'opacity'), '1')
})
