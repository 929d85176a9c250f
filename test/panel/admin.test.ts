/** `<live-sessions-admin>`, as an administrator uses it. */
import { test } from 'tap'
import { rows, startPanelApp, IPHONE, USER, WINDOWS, type PanelApp } from './panel-app.ts'
import type { Test } from 'tap'

const ROOT = 'root@example.com'
const LABELS = `
const admin = document.querySelector('live-sessions-admin')
admin.describeUser = async (ids) => Object.fromEntries(ids.map((id) => [id, id === 'user@example.com' ? 'Ada Lovelace' : id]))
admin.findUser = async (text) => text === 'Ada' ? 'user@example.com' : null
`

async function start (t: Test): Promise<PanelApp | null> {
  return await startPanelApp(t, { '/': { entry: 'admin', body: '<live-sessions-admin></live-sessions-admin>', script: LABELS } },
    { options: { admin: { authorize: (request) => request.session?.userId === ROOT } } })
}

test('sessions are found by user, name and address, and carry the app\'s own labels', async (t) => {
  const panel = await start(t)
  if (panel === null) return
  const { database, device, open } = panel
  const { id } = await device(IPHONE)
  await database.query("update live_session set ip_address = '192.0.2.7' where id = $1", [id])
  await device(WINDOWS, { email: 'grace@example.com' })
  const page = await open('/', ROOT)
  await rows(page).nth(2).waitFor()
  t.match(await page.locator(`[data-session-id="${id}"]`).innerText(), /Safari on iPhone[^]*Ada Lovelace · Active now/)

  for (const [text, count] of [['grace@example.com', 1], ['iphone', 1], ['192.0.2.7', 1], ['Ada', 1], ['example.com', 3], ['nobody', 0]] as const) {
    await page.getByLabel('User, name or address').fill(text)
    await page.keyboard.press('Enter')
    await page.getByText(count === 0 ? 'No session matches.' : `Sessions: ${count}.`).first().waitFor()
    t.equal(await rows(page).count(), count, text)
  }
})

test('a search does not wait for the one before, whose answer no longer counts', async (t) => {
  const panel = await start(t)
  if (panel === null) return
  const { device, open } = panel
  await device(IPHONE)
  await device(WINDOWS, { email: 'grace@example.com' })
  const page = await open('/', ROOT)
  await rows(page).nth(2).waitFor()
  let release = (): void => {}
  const released = new Promise<void>((resolve) => { release = resolve })
  await page.route('**/api/admin/sessions?*q=windows*', async (route) => {
    await released
    await route.continue()
  })
  const field = page.getByLabel('User, name or address')
  await field.fill('windows')
  await page.keyboard.press('Enter')
  await field.fill('iphone')
  await page.keyboard.press('Enter')
  await page.getByText('Sessions: 1.').first().waitFor()
  const late = page.waitForResponse(/q=windows/)
  release()
  await (await late).finished()
  await page.evaluate(() => { dispatchEvent(new Event('focus')) })
  await page.waitForResponse(/q=iphone/)
  t.match(await rows(page).allInnerTexts(), [/Safari on iPhone/])
  t.equal(await rows(page).count(), 1)
})

test('one is ended, then all of its user, after a count; the details say what happened', async (t) => {
  const panel = await start(t)
  if (panel === null) return
  const { app, device, open } = panel
  for (const agent of [IPHONE, WINDOWS, WINDOWS]) await device(agent)
  const page = await open('/', ROOT)
  await page.getByRole('button', { name: 'Log out Safari on iPhone · Ada Lovelace' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Log out' }).click()
  await page.getByText('Logged out · ').waitFor()
  t.equal((await app.sessions.list(USER)).length, 2)

  const row = rows(page).filter({ hasText: 'Firefox on Windows' }).first()
  await row.getByRole('button', { name: /^Details of / }).click()
  t.match(await row.locator('[part=details]').innerText(), /Ada Lovelace \(user@example\.com\)[^]*Signed in · /)
  await row.getByRole('button', { name: 'Log out all sessions of Ada Lovelace' }).click()
  await page.getByRole('dialog', { name: 'Sessions to log out: 2. Go on?' }).getByRole('button', { name: 'Log out' }).click()
  await page.getByText('Logged out: 2.').first().waitFor()
  t.same(await app.sessions.list(USER), [])
  t.equal((await app.sessions.list(ROOT)).length, 1)
})

test('what happened is told in words, whatever it was; fields keep to their places', async (t) => {
  const panel = await start(t)
  if (panel === null) return
  const { database, device, open } = panel
  const { id } = await device(IPHONE)
  for (const type of ['assessed', 'confirmed', 'something_new']) {
    await database.query("insert into live_session_event (type, user_id, session_id, by) values ($2, $3, $1, 'system')", [id, type, USER])
  }
  const page = await open('/', ROOT)
  const row = page.locator(`[data-session-id="${id}"]`)
  await row.getByRole('button', { name: /^Details of / }).click()
  const told = await row.locator('[part=events]').innerText()
  t.match(told, /Signed in/)
  t.match(told, /Sign-in checked for risk/)
  t.match(told, /Sign-in confirmed/)
  t.notMatch(told, /assessed|something_new|by system|device confirmed/)

  await page.getByText('Log out many at once').click()
  await page.getByLabel('Country').waitFor()
  for (const width of [375, 768, 1280]) {
    await page.setViewportSize({ width, height: 800 })
    const overlapping = await page.locator('form.filter').evaluate((form) => [...form.querySelectorAll('input, select')].filter((field) => {
      const label = (field.parentElement as HTMLElement).getBoundingClientRect()
      const { left, right } = field.getBoundingClientRect()
      return left < label.left - 1 || right > label.right + 1
    }).length)
    t.equal(overlapping, 0, `${width}px`)
  }
})

test('by keyboard alone: to a session, its details, its end; markup in a name stays text everywhere', async (t) => {
  const panel = await start(t)
  if (panel === null) return
  const { app, device, open } = panel
  const name = '<img src=x onerror=alert(1)>'
  const { id } = await device(IPHONE, { name })
  const page = await open('/', ROOT)
  await rows(page).nth(1).waitFor()
  const tabTo = async (label: string): Promise<void> => {
    for (let presses = 0; presses < 20; presses++) {
      const focused = await page.evaluate(() => {
        const active = document.activeElement?.shadowRoot?.activeElement
        return active?.ariaLabel ?? active?.textContent ?? ''
      })
      if (focused === label) return
      await page.keyboard.press('Tab')
    }
    t.fail(`Tab does not reach "${label}"`)
  }
  await tabTo(`Details of ${name} · Ada Lovelace`)
  await page.keyboard.press('Enter')
  await page.locator(`[data-session-id="${id}"] [part=events]`).waitFor()
  await tabTo(`Log out ${name} · Ada Lovelace`)
  await page.keyboard.press('Enter')
  await page.getByRole('dialog', { name: `Log out ${name} · Ada Lovelace?` }).waitFor()
  await tabTo('Log out')
  await page.keyboard.press('Space')
  await page.locator(`[data-session-id="${id}"]`).getByText('Logged out · ').waitFor()
  t.equal(await page.locator('img').count(), 0)
  t.same(await app.sessions.list(USER), [])
  t.equal(await page.evaluate(() => (document.activeElement?.shadowRoot?.activeElement as HTMLElement).dataset['sessionId']), id)
})

test('many are ended by a filter: nothing is sent without one, and the count comes first', async (t) => {
  const panel = await start(t)
  if (panel === null) return
  const { app, device, open } = panel
  for (const agent of [IPHONE, IPHONE, WINDOWS]) await device(agent)
  const page = await open('/', ROOT)
  await page.getByText('Log out many at once').click()
  const count = page.getByRole('button', { name: 'Count them' })
  const asked: string[] = []
  page.on('request', (request) => { if (request.method() === 'POST') asked.push(request.postData() ?? '') })
  await count.click()
  t.same(asked, [])
  await page.getByLabel('Kind of device').selectOption('Phone')
  await page.getByLabel('Reason').selectOption('Ended by the rules of this site')
  await count.click()
  const dialog = page.getByRole('dialog', { name: 'Sessions to log out: 2. Go on?' })
  await dialog.waitFor()
  t.equal((await app.sessions.list(USER)).length, 3, 'it only counted')
  await dialog.getByRole('button', { name: 'Log out' }).click()
  await page.getByText('Logged out: 2.').first().waitFor()
  t.same(asked.map((body) => JSON.parse(body)), [
    { filter: { deviceType: 'mobile' }, dryRun: true }, { filter: { deviceType: 'mobile' }, reason: 'policy' }
  ])
  t.same((await app.sessions.list(USER)).map(({ deviceName }) => deviceName), ['Firefox on Windows'])
})

test('what others do shows when the page is looked at again: what is new is counted, what has ended says so', async (t) => {
  const panel = await start(t)
  if (panel === null) return
  const { app, device, open } = panel
  const { id } = await device(IPHONE)
  const page = await open('/', ROOT)
  await rows(page).nth(1).waitFor()
  await page.setViewportSize({ width: 375, height: 700 })
  const before = await rows(page).first().boundingBox()
  await app.sessions.revoke(id)
  await device(WINDOWS)
  await page.evaluate(() => { dispatchEvent(new Event('focus')) })
  await page.locator(`[data-session-id="${id}"]`).getByText('Logged out').waitFor()
  const fresh = page.getByRole('button', { name: '1 new: show' })
  await fresh.waitFor()
  t.equal((await rows(page).first().boundingBox())?.y, before?.y, 'no row moves for it')
  await fresh.click()
  await rows(page).filter({ hasText: 'Firefox on Windows' }).waitFor()
  t.equal(await rows(page).count(), 2)
})

test('those that have ended are shown when they are asked for, and say so', async (t) => {
  const panel = await start(t)
  if (panel === null) return
  const { app, device, open } = panel
  const { id } = await device(IPHONE)
  await app.sessions.revoke(id, { reason: 'revoked_by_admin' })
  const later = await device(WINDOWS)
  const page = await open('/', ROOT)
  await page.getByLabel('Ended ones, too').check()
  const ended = page.locator(`[data-session-id="${id}"]`)
  await ended.getByText('Logged out · ').waitFor()
  t.equal(await ended.getByRole('button', { name: /^Log out/ }).count(), 0)
  await ended.getByRole('button', { name: /^Details of / }).click()
  await ended.getByText('Logged out by an administrator').waitFor()

  await app.sessions.revoke(later.id)
  await page.evaluate(() => { dispatchEvent(new Event('focus')) })
  await page.locator(`[data-session-id="${later.id}"]`).getByText('Logged out · ').waitFor()
})

test('whoever is no administrator is told so, in words', async (t) => {
  const panel = await start(t)
  if (panel === null) return
  const page = await panel.open('/', 'grace@example.com')
  await page.getByText('You are not allowed to do this.').waitFor()
  t.equal(await rows(page).count(), 0)
})
