/** What the elements say: in the page's language, in the app's own words, and when something fails. */
import { test } from 'tap'
import { rows, startPanelApp, IPHONE, USER } from './panel-app.ts'

const PANEL = '<live-sessions-panel></live-sessions-panel>'

test('it speaks the page\'s language, German and English by itself, others in the app\'s words', async (t) => {
  const panel = await startPanelApp(t, {
    '/de': { body: PANEL, lang: 'de-AT' },
    '/attribute': { body: '<live-sessions-panel lang="de"></live-sessions-panel>' },
    '/fr': { body: PANEL, lang: 'fr', script: "document.querySelector('live-sessions-panel').texts = { title: 'Vos appareils', many: ({ count }) => count + ' appareils', active: 'Actif {ago}' }" },
    '/fi': { body: PANEL, lang: 'fi' }
  })
  if (panel === null) return
  const { database, device, open } = panel
  const { id } = await device(IPHONE)
  await database.query("update live_session set last_activity_at = now() - interval '5 minutes' where id = $1", [id])
  const row = `[data-session-id="${id}"]`
  for (const path of ['/de', '/attribute']) {
    const page = await open(path)
    await page.getByRole('heading', { name: 'Ihre Geräte' }).waitFor()
    await page.locator(row).getByText('vor 5 Minuten aktiv').waitFor()
    await page.getByRole('button', { name: 'Abmelden: Safari on iPhone' }).waitFor()
  }
  const french = await open('/fr')
  await french.getByRole('heading', { name: 'Vos appareils' }).waitFor()
  await french.locator(row).getByText('Actif il y a 5 minutes').waitFor()
  await french.getByText(/^\d appareils$/).waitFor()
  const finnish = await open('/fi')
  await finnish.locator(row).getByText('Active 5 minutes ago').waitFor()
  t.equal(await finnish.locator('section').getAttribute('lang'), 'en')
})

test('a browser whose clock is hours wrong says how long ago as the server sees it', async (t) => {
  const panel = await startPanelApp(t, { '/': { body: PANEL }, '/admin': { body: '<live-sessions-admin></live-sessions-admin>', entry: 'admin' } }, { options: { admin: { authorize: () => true } } })
  if (panel === null) return
  const { address, database, device, signedIn } = panel
  const { id } = await device(IPHONE)
  await database.query("update live_session set last_activity_at = now() - interval '5 minutes 20 seconds' where id = $1", [id])
  for (const hours of [2, -2]) {
    for (const path of ['/', '/admin']) {
      const page = await signedIn()
      await page.addInitScript((wrongMs) => {
        const { now } = Date
        Date.now = () => now() + wrongMs
      }, hours * 3_600_000)
      await page.goto(`${address}${path}`)
      await page.locator(`[data-session-id="${id}"]`).getByText('Active 5 minutes ago').waitFor()
      await page.locator('.current').getByText('Active now').waitFor()
      await page.context().close()
    }
  }
})

test('a server that is away is said, with a way to try again that works', async (t) => {
  const panel = await startPanelApp(t, { '/': { body: PANEL } })
  if (panel === null) return
  const { app, device, open } = panel
  await device(IPHONE)
  const page = await open()
  await rows(page).nth(1).waitFor()
  await page.context().setOffline(true)
  await page.getByRole('button', { name: 'Log out Safari on iPhone' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Log out' }).click()
  await page.getByText('The server can not be reached. Is the network gone?').waitFor()
  t.equal(await rows(page).count(), 2, 'nothing is said to be ended')
  await page.context().setOffline(false)
  await page.getByRole('button', { name: 'Retry' }).click()
  await page.getByText('You are signed in here, and nowhere else.').waitFor()
  t.equal((await app.sessions.list(USER)).length, 1)
  t.equal(await page.getByText('The server can not be reached').count(), 0)
})

test('without a network it says so, in both languages, and is live again by itself', async (t) => {
  const panel = await startPanelApp(t, { '/': { body: PANEL }, '/de': { body: PANEL, lang: 'de' } })
  if (panel === null) return
  for (const path of ['/', '/de']) {
    const page = await panel.open(path)
    const state = page.locator('[part=state]')
    await state.getByText('Live', { exact: true }).waitFor()
    await page.context().setOffline(true)
    await state.getByText('Offline', { exact: true }).waitFor()
    await page.context().setOffline(false)
    await state.getByText('Live', { exact: true }).waitFor()
  }
})

test('what a click opens works where the network went after the list came, and a refusal that passes can be repeated', async (t) => {
  const panel = await startPanelApp(t, { '/': { body: PANEL } })
  if (panel === null) return
  const { app, device, open } = panel
  const { id } = await device(IPHONE)
  const page = await open()
  const row = page.locator(`[data-session-id="${id}"]`)
  let refused = 0
  await page.route(`**/api/sessions/${id}`, async (route) => {
    refused++
    await route.fulfill({ status: 503, contentType: 'application/json', body: '{"statusCode":503,"code":"SESSION_STORE_UNAVAILABLE"}' })
  })
  const repeat = async (): Promise<void> => {
    await page.getByRole('alert').getByText('That did not work. Please try again.').waitFor()
    await page.unroute(`**/api/sessions/${id}`)
    await page.getByRole('button', { name: 'Retry' }).click()
  }
  await row.getByRole('button', { name: /^Details of / }).click()
  await repeat()
  await row.getByText('127.0.0.1 (').waitFor()
  t.equal(refused, 1)
  t.equal(await row.getByRole('button', { name: /^Details of / }).getAttribute('aria-expanded'), 'true')

  await page.context().setOffline(true)
  await row.getByRole('button', { name: /^Rename / }).click()
  await page.getByLabel('Name of this device').fill('Kitchen')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').getByText('The server can not be reached.').waitFor()
  await page.context().setOffline(false)
  await page.getByRole('button', { name: 'Retry' }).click()
  await row.getByText('Kitchen', { exact: true }).waitFor()
  t.equal(await page.getByLabel('Name of this device').count(), 0, 'the field is gone')
  t.ok((await app.sessions.list(USER)).some(({ deviceName }) => deviceName === 'Kitchen'))
})

test('a list that is refused at first is there after a second try; what opens on a click is fetched again, too', async (t) => {
  const panel = await startPanelApp(t, { '/': { body: PANEL } })
  if (panel === null) return
  const { device, browser, address } = panel
  const { token } = await device(IPHONE)
  await device(IPHONE)
  const page = await browser.newPage({ extraHTTPHeaders: { authorization: `Bearer ${token}` } })
  await page.route('**/api/sessions', async (route) => { await route.fulfill({ status: 503, body: 'busy' }) })
  await page.route('**/opened-panel-*', async (route) => { await route.abort() })
  // Once it is live the list comes by itself, and nobody needs the button.
  await page.route('**/client-*', async (route) => { await route.abort() })
  await page.goto(address)
  await page.getByRole('alert').getByText('That did not work. Please try again.').waitFor()
  t.equal(await rows(page).count(), 0)
  await page.unroute('**/api/sessions')
  await page.getByRole('button', { name: 'Retry' }).click()
  await rows(page).nth(1).waitFor()
  await page.getByRole('button', { name: /^Log out Safari/ }).click()
  await page.getByRole('alert').getByText('The server can not be reached.').waitFor()
  await page.unroute('**/opened-panel-*')
  await page.getByRole('button', { name: 'Retry' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Log out' }).click()
  await page.getByText('You are signed in here, and nowhere else.').waitFor()
})

test('it gets live after all where the client could not be fetched at first', async (t) => {
  const panel = await startPanelApp(t, { '/': { body: PANEL } })
  if (panel === null) return
  const page = await panel.signedIn()
  await page.route('**/client-*', async (route) => { await route.abort() })
  await page.goto(panel.address)
  await page.locator('[part=state]').getByText('Reconnecting…').waitFor()
  await page.unroute('**/client-*')
  await page.locator('[part=state]').getByText('Live', { exact: true }).waitFor()
})

test('a question that is open when the session ends closes with it', async (t) => {
  const panel = await startPanelApp(t, { '/': { body: PANEL } })
  if (panel === null) return
  const { app, device, open } = panel
  await device(IPHONE)
  const page = await open()
  await page.getByText('Live', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Log out Safari on iPhone' }).click()
  await page.getByRole('dialog').waitFor()
  await app.sessions.revokeUser(USER)
  await page.getByText('You are signed out. Please sign in again.').waitFor()
  t.equal(await page.getByRole('dialog').count(), 0)
})

test('the page is told how a session ended, and with a token the panel needs no cookie', async (t) => {
  const panel = await startPanelApp(t, {
    '/': {
      body: '<live-sessions-panel prefix="api/"></live-sessions-panel>',
      script: `
        const panel = document.querySelector('live-sessions-panel')
        panel.token = () => sessionStorage.getItem('token')
        document.addEventListener('signedout', ({ detail }) => { document.title = JSON.stringify(detail) })`
    }
  })
  if (panel === null) return
  const { app, address, browser, device } = panel
  const { id, token } = await device(IPHONE)
  const page = await browser.newPage()
  await page.addInitScript((token) => { sessionStorage.setItem('token', token) }, token)
  await page.goto(address)
  await page.getByText('Live', { exact: true }).waitFor()
  t.match(await rows(page).first().innerText(), /Safari on iPhone[^]*This device/)
  await app.sessions.revoke(id, { reason: 'password_changed' })
  await page.getByText('You are signed out. Please sign in again.').waitFor()
  t.match(JSON.parse(await page.title()), { reason: 'password_changed', via: 'push' })
})

test('light, dark and the page\'s own colours', async (t) => {
  const panel = await startPanelApp(t, {
    '/': { body: PANEL }, '/light': { body: '<live-sessions-panel theme="light"></live-sessions-panel>' }, '/dark': { body: '<live-sessions-panel theme="dark"></live-sessions-panel>' }
  })
  if (panel === null) return
  const page = await panel.open()
  const surface = async (): Promise<string> => {
    await rows(page).first().waitFor()
    return await rows(page).first().evaluate((row) => getComputedStyle(row).backgroundColor)
  }
  await page.emulateMedia({ colorScheme: 'dark' })
  const dark = await surface()
  await page.emulateMedia({ colorScheme: 'light' })
  const light = await surface()
  t.not(dark, light)
  await page.evaluate(() => { document.body.style.setProperty('--live-sessions-surface', 'rgb(1, 2, 3)') })
  t.equal(await surface(), 'rgb(1, 2, 3)')
  await page.goto(`${panel.address}/dark`)
  t.equal(await surface(), dark)
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.goto(`${panel.address}/light`)
  t.equal(await surface(), light)
})
