/** Where the system chooses the colours, as for high contrast: what colours say is said by lines as well. */
import { test } from 'tap'
import type { Locator } from 'playwright-core'
import { rows, startPanelApp, WINDOWS } from './panel-app.ts'

type Property = 'outlineColor' | 'outlineStyle' | 'outlineWidth' | 'borderTopColor' | 'borderTopStyle' | 'borderTopWidth' |
'backgroundColor' | 'color' | 'opacity'

const style = async (locator: Locator, property: Property): Promise<string> =>
  await locator.evaluate((element, property) => getComputedStyle(element)[property], property)

test('the focus, the current device and what is disabled stay visible under forced colours', async (t) => {
  const panel = await startPanelApp(t, { '/': { body: '<live-sessions-panel></live-sessions-panel>' } })
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
