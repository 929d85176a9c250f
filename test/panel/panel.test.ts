/** `<live-sessions-panel>`, as a person uses it, on a page that allows no inline style or script. */
import { test } from 'tap'
import { rows, startPanelApp, IPHONE, USER, WINDOWS } from './panel-app.ts'

const PANEL = '<live-sessions-panel></live-sessions-panel>'

test('another device is logged out with two clicks; its row stays where it is, says so, and no other row moves', async (t) => {
  const panel = await startPanelApp(t, { '/': { body: PANEL } })
  if (panel === null) return
  const { app, device, open } = panel
  await device(IPHONE)
  const windows = await device(WINDOWS)
  const page = await open()
  await page.getByText('You are signed in on 3 devices.').waitFor()
  await page.getByText('Live', { exact: true }).waitFor()
  t.match(await rows(page).first().innerText(), 'This device')
  t.match(await rows(page).nth(1).innerText(), /Firefox on Windows[^]*Active now · 127\.0\.0\.1/)

  const places = async (): Promise<number[]> => await page.locator('[data-session-id]').evaluateAll((all) => all.map((row) => row.getBoundingClientRect().top))
  const before = await places()
  await page.getByRole('button', { name: 'Log out Firefox on Windows' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Log out' }).click()
  await page.getByText('You are signed in on 2 devices.').waitFor()
  const ended = page.locator(`[data-session-id="${windows.id}"]`)
  t.match(await ended.innerText(), 'Logged out')
  t.equal(await ended.getByRole('button').count(), 0)
  t.same(await places(), before)
  t.equal(await rows(page).count(), 2)
  t.same((await app.sessions.list(USER)).map(({ deviceName }) => deviceName).includes('Firefox on Windows'), false)
  t.ok(await ended.evaluate((row) => (row.getRootNode() as ShadowRoot).activeElement === row), 'the focus is still there')

  // one that comes is added at the end, and one that goes elsewhere stays as well
  const { token } = await device(WINDOWS)
  await rows(page).nth(2).getByText('New', { exact: true }).waitFor()
  t.same((await places()).slice(0, 3), before)
  await app.inject({ method: 'POST', url: '/api/auth/logout', headers: { authorization: `Bearer ${token}` } })
  await page.getByText('You are signed in on 2 devices.').waitFor()
  t.same((await places()).slice(0, 3), before)
})

test('the list is put in order while nobody looks, and not when somebody does again', async (t) => {
  const panel = await startPanelApp(t, { '/': { body: PANEL } })
  if (panel === null) return
  const { app, device, open } = panel
  const phone = await device(IPHONE)
  const windows = await device(WINDOWS)
  const page = await open()
  await page.getByText('You are signed in on 3 devices.').waitFor()
  await page.getByText('Live', { exact: true }).waitFor()
  const hide = async (hidden: boolean): Promise<void> => {
    await page.evaluate((hidden) => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden })
      document.dispatchEvent(new Event('visibilitychange'))
    }, hidden)
  }
  const shown = async (): Promise<Array<string | null>> =>
    await page.locator('[data-session-id]').evaluateAll((all) => all.map((row) => (row as HTMLElement).dataset['sessionId'] ?? null))
  const here = (await shown())[0]

  await app.sessions.revoke(windows.id)
  await page.locator('[part=ended]').waitFor()
  t.equal((await shown()).length, 3)
  await hide(true)
  t.same(await shown(), [here, phone.id], 'what has ended is gone')
  const tablet = await device(WINDOWS)
  await page.locator(`[data-session-id="${tablet.id}"]`).waitFor()
  t.same(await shown(), [here, tablet.id, phone.id], 'the server\'s order')
  const focused = page.locator(`[data-session-id="${phone.id}"]`).getByRole('button', { name: /^Details of / })
  await focused.focus()

  await hide(false)
  await app.sessions.revoke(tablet.id)
  const laptop = await device(WINDOWS)
  await page.locator(`[data-session-id="${laptop.id}"]`).waitFor()
  t.same(await shown(), [here, tablet.id, phone.id, laptop.id], 'nothing moves')
  t.ok(await focused.evaluate((button) => (button.getRootNode() as ShadowRoot).activeElement === button))
})

test('a double click ends one session, and nothing beside it', async (t) => {
  const panel = await startPanelApp(t, { '/': { body: PANEL } })
  if (panel === null) return
  const { app, device, open } = panel
  for (const agent of [IPHONE, WINDOWS, WINDOWS]) await device(agent)
  const page = await open()
  const requests: string[] = []
  page.on('request', (request) => { if (request.method() === 'DELETE') requests.push(request.url()) })
  await page.getByRole('button', { name: 'Log out Safari on iPhone' }).dblclick()
  await page.getByRole('dialog').waitFor()
  t.same(requests, [], 'the first one only asks')
  await page.getByRole('dialog').getByRole('button', { name: 'Log out' }).dblclick()
  await page.getByText('You are signed in on 3 devices.').waitFor()
  t.equal(requests.length, 1)
  t.equal(await page.getByRole('dialog').count(), 0)
  t.equal((await app.sessions.list(USER)).length, 3)
})

test('all others are logged out after one question, and this one stays', async (t) => {
  const panel = await startPanelApp(t, { '/': { body: PANEL } })
  if (panel === null) return
  const { app, device, open } = panel
  await device(IPHONE)
  await device(WINDOWS)
  const page = await open()
  await page.getByRole('button', { name: 'Log out all other devices' }).click()
  await page.getByRole('dialog').getByText('Devices: 2. They are out at once; you stay signed in here.').waitFor()
  await page.keyboard.press('Escape')
  t.equal((await app.sessions.list(USER)).length, 3, 'given up')
  await page.getByRole('button', { name: 'Log out all other devices' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Log out' }).click()
  await page.getByText('You are signed in here, and nowhere else.').waitFor()
  t.equal((await app.sessions.list(USER)).length, 1)
  const others = page.getByRole('button', { name: 'Log out all other devices', disabled: true })
  await others.waitFor()
  await others.dispatchEvent('click')
  t.equal(await page.getByRole('dialog').count(), 0, 'there are none: nothing is asked')
})

test('equal names are told apart by when they signed in, for screen readers as well', async (t) => {
  const panel = await startPanelApp(t, { '/': { body: PANEL } })
  if (panel === null) return
  const { app, database, device, open } = panel
  const [early, late] = [await device(IPHONE), await device(IPHONE)]
  await database.query("update live_session set created_at = now() - interval '2 days' where id = $1", [early.id])
  const page = await open()
  await rows(page).nth(2).waitFor()
  const names = await Promise.all([early, late].map(async ({ id }) => await page.locator(`[data-session-id="${id}"]`).getByRole('button', { name: /^Log out / }).getAttribute('aria-label')))
  t.equal(new Set(names).size, 2)
  for (const name of names) t.match(name, /^Log out Safari on iPhone · signed in .*\d:\d\d/)
  t.match(await page.locator(`[data-session-id="${early.id}"] h3`).innerText(), /Safari on iPhone · signed in \w+ \d+, \d{4}, \d/)
  await app.sessions.revoke(early.id)
  await page.getByRole('status').getByText(/^Safari on iPhone · signed in \w+ \d+, \d{4}, .*: logged out$/).waitFor()
})

test('a name that is markup stays text, and a device is renamed in place', async (t) => {
  const panel = await startPanelApp(t, { '/': { body: PANEL } })
  if (panel === null) return
  const { app, device, open } = panel
  const name = '<img src=x onerror=alert(1)> "Kitchen" & co'
  const { id } = await device(IPHONE, { name })
  const page = await open()
  const row = page.locator(`[data-session-id="${id}"]`)
  await row.getByText(name).waitFor()
  t.equal(await page.locator('img').count(), 0)
  await row.getByRole('button', { name: `Rename ${name}` }).click()
  await page.getByLabel('Name of this device').fill('Kitchen')
  await page.keyboard.press('Enter')
  await row.getByText('Kitchen', { exact: true }).waitFor()
  t.ok((await app.sessions.list(USER)).some(({ deviceName }) => deviceName === 'Kitchen'))
  await row.getByRole('button', { name: 'Rename Kitchen' }).click()
  await page.getByLabel('Name of this device').fill('Bath')
  await page.keyboard.press('Escape')
  await row.getByText('Kitchen', { exact: true }).waitFor()
  t.equal(await row.getByRole('button', { name: 'Rename Kitchen' }).evaluate((button) => (button.getRootNode() as ShadowRoot).activeElement === button), true)
})

test('details show the last addresses, and the history says why a session ended and that its device confirmed it', async (t) => {
  const panel = await startPanelApp(t, { '/': { body: PANEL } })
  if (panel === null) return
  const { app, device, database, open } = panel
  const here = await open()
  const there = await open()
  await there.getByText('Live', { exact: true }).waitFor()
  const gone = await device(IPHONE)
  await app.sessions.revoke(gone.id, { reason: 'revoked_by_admin' })

  const other = rows(here).nth(1)
  await other.getByRole('button', { name: /^Details of / }).click()
  await other.getByText('127.0.0.1 (').waitFor()
  await other.getByRole('button', { name: /^Log out / }).click()
  await here.getByRole('dialog').getByRole('button', { name: 'Log out' }).click()
  await there.getByText('You are signed out. Please sign in again.').waitFor()
  t.equal(await rows(there).count(), 0, 'nothing of the person is left there')
  t.equal((await database.query('select 1 from live_session where logout_delivered_at is not null')).length, 1)
  await here.getByText('Ended sessions').click()
  await here.getByText('Logged out by an administrator').waitFor()
  t.match(await here.locator('details').innerText(), /Logged out from another device · just now · device confirmed/)
})

test('where the password is wanted again a dialog asks for it, and the end is carried out then', async (t) => {
  const panel = await startPanelApp(t, { '/': { body: PANEL } }, {
    options: {
      reauthenticateWithinMs: 60_000,
      login: { verify: ({ body }) => ({ id: body.email }), reauthenticate: ({ body }) => body['password'] === 'right' }
    }
  })
  if (panel === null) return
  const { app, database, device, open } = panel
  await device(IPHONE)
  const page = await open()
  await rows(page).nth(1).waitFor()
  await database.query("update live_session set authenticated_at = now() - interval '1 hour'")
  const end = async (): Promise<void> => {
    await page.getByRole('button', { name: 'Log out Safari on iPhone' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Log out' }).click()
    await page.getByRole('dialog', { name: 'Is it you?' }).waitFor()
  }
  await end()
  await page.keyboard.press('Escape')
  t.equal((await app.sessions.list(USER)).length, 2, 'given up')
  t.equal(await page.getByRole('alert').count(), 0)
  await end()
  await page.getByLabel('Password').fill('wrong')
  await page.keyboard.press('Enter')
  await page.getByText('The password is wrong.').waitFor()
  await page.getByLabel('Password').fill('right')
  await page.keyboard.press('Enter')
  await page.getByText('You are signed in here, and nowhere else.').waitFor()
  t.equal((await app.sessions.list(USER)).length, 1)
})
