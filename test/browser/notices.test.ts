/** A sign-in elsewhere, told to the page that is open and by mail: "this wasn't me", and the other browser is out; one that is suspicious waits for the answer. */
import { mkdirSync } from 'node:fs'
import file, { test, type Test } from 'tap'
import type { Page } from 'playwright-core'
import { createDatabase, createEmptyDatabase } from '../helpers/database.ts'
import { startDemo } from '../helpers/demo-process.ts'
import { startMailServer } from '../helpers/mail-server.ts'
import { openPage, signIn, startBrowser } from '../helpers/browser.ts'
import { randomPrefix, redisUrl } from '../helpers/redis.ts'
import { SECRET } from '../helpers/app.ts'

const USER = 'user@example.com'
/** Where pictures go, for who wants to look at them. */
const PICTURES = process.env['PICTURES']
const WAITING = 'Please confirm this sign-in on another device'

/** Where a login from a strange browser is suspicious. */
async function startNode (t: Test, confirmWithinMs: number): Promise<string> {
  const { address } = await startDemo(t, {
    DATABASE_URL: (await createEmptyDatabase(t)).url,
    JWT_SECRET: SECRET,
    SESSION_OPTIONS: JSON.stringify({ risk: { unconfirmedFrom: 20, confirmWithinMs } })
  })
  return address
}

/** For the answers: each of another user's. */
const patient = await startNode(file, 600_000)

/** Two strangers' browsers: the second one waits. */
async function open (t: Test, address: string, email: string): Promise<{ mine: Page, theirs: Page } | null> {
  const browser = await startBrowser(t)
  if (browser === null) return null
  const mine = await openPage(t, browser, address)
  await signIn(mine, email)
  const theirs = await openPage(t, browser, address)
  await signIn(theirs, email)
  return { mine, theirs }
}

test('a new device is told to the open page and by mail; the mail\'s link asks first, and then the other browser is out', async (t) => {
  const browser = await startBrowser(t)
  if (browser === null) return
  const mail = await startMailServer(t)
  const database = await createDatabase(t)
  const env = {
    DATABASE_URL: database.url,
    REDIS_URL: await redisUrl(),
    JWT_SECRET: SECRET,
    SMTP_URL: mail.url,
    MAIL_FROM: 'Live sessions <security@example.com>',
    SESSION_OPTIONS: JSON.stringify({ redisPrefix: randomPrefix() })
  }
  const [one, two] = await Promise.all([startDemo(t, env), startDemo(t, env)])
  const mine = await openPage(t, browser, one.address)
  await signIn(mine)
  const theirs = await openPage(t, browser, two.address)
  await signIn(theirs)

  const notice = mine.locator('#notices .notice')
  await notice.getByText(/^New sign-in: .+\. Was that you\?$/).waitFor()
  t.match(await notice.locator('bdi').innerText(), /\S/, 'the name stands apart, whichever way it is written')
  await mine.setViewportSize({ width: 375, height: 800 })
  const heights = await notice.getByRole('button').evaluateAll((buttons) => buttons.map((button) => button.getBoundingClientRect().height))
  t.equal(new Set(heights).size, 1, `on a phone both answers are as high: ${heights.join()}`)
  t.equal(await theirs.locator('#notices .notice').count(), 0, 'nobody asks the new device itself')
  const [received] = await mail.received(1)
  t.same(received?.to, [USER])

  const reader = await browser.newContext({ viewport: { width: 390, height: 800 }, colorScheme: 'dark' })
  const page = await reader.newPage()
  page.on('console', (message) => { if (message.type() === 'error') t.fail(`the page complained: ${message.text()}`) })
  await page.setContent(received?.html ?? '')
  const link = await page.getByRole('link', { name: 'This wasn’t me' }).getAttribute('href') ?? ''
  t.ok(link.startsWith(one.address) || link.startsWith(two.address), link)
  t.equal(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), true, 'the mail fits on a phone')

  await page.goto(link)
  await page.getByRole('heading', { name: 'Was this not you?' }).waitFor()
  await theirs.reload()
  await theirs.getByText('Live', { exact: true }).waitFor()
  t.pass('looking ended nothing')
  t.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(20, 23, 28)', 'its stylesheet is let in by its own policy')
  if (PICTURES !== undefined) {
    mkdirSync(PICTURES, { recursive: true })
    await mine.screenshot({ path: `${PICTURES}/notice-on-page.png` })
    await page.screenshot({ path: `${PICTURES}/report-page.png` })
  }

  await page.getByRole('button', { name: 'Sign this device out' }).click()
  await page.getByRole('heading', { name: 'This device is signed out' }).waitFor()
  await theirs.getByRole('heading', { name: 'This session was reported' }).waitFor()
  await mine.getByText('You are signed in here, and nowhere else.').waitFor()
  t.equal(await mine.getByText('Live', { exact: true }).count(), 1)

  await theirs.getByRole('button', { name: 'Sign in again' }).click()
  await theirs.getByRole('button', { name: USER }).click()
  await theirs.getByRole('button', { name: 'Sign in', exact: true }).click()
  await theirs.locator('#sign-in-error').filter({ hasText: /\S/ }).waitFor()
  t.pass('its device is refused')

  await page.goto(link)
  await page.getByRole('heading', { name: 'This device is signed out' }).waitFor()
  await page.getByRole('button', { name: 'Sign out on all devices' }).click()
  await page.getByText('All other devices are signed out, too.').waitFor()
  await mine.getByRole('heading', { name: 'This session was reported' }).waitFor()
  const [, refused] = await mail.received(2)
  t.match(refused?.text, /A sign-in to your account was refused/, 'and their user learns that somebody still knows the password')
  t.equal(mail.mails.length, 2)
})

test('the open page\'s own answer ends the new session as well, with one click', async (t) => {
  const browser = await startBrowser(t)
  if (browser === null) return
  const { address } = await startDemo(t, { DATABASE_URL: (await createDatabase(t)).url, JWT_SECRET: SECRET, SESSION_OPTIONS: '{"notify":true}' })
  const mine = await openPage(t, browser, address)
  await signIn(mine)
  const theirs = await openPage(t, browser, address)
  await signIn(theirs)
  await mine.locator('#notices').getByRole('button', { name: 'No, log it out' }).click()
  await theirs.getByRole('heading', { name: 'You were logged out from another device' }).waitFor()
  t.equal(await mine.locator('#notices .notice').count(), 0)
  const again = await openPage(t, browser, address)
  await signIn(again)
  await mine.locator('#notices').getByRole('button', { name: 'Yes, that was me' }).click()
  t.equal(await mine.locator('#notices .notice').count(), 0)
  await again.reload()
  await again.getByText('Live', { exact: true }).waitFor()
})

test('a new browser waits, the page that is open asks, and "Yes, that was me" lets it in', async (t) => {
  const pages = await open(t, patient, 'user@example.com')
  if (pages === null) return
  const { mine, theirs } = pages
  await theirs.getByText(WAITING).waitFor()
  t.equal(await theirs.locator('[part=session]').count(), 1, 'it sees nothing of others')
  await mine.getByText(/^Unusual sign-in: .*Chrome.* Was that you\?$/).waitFor()
  await mine.getByRole('button', { name: 'Yes, that was me' }).click()
  await theirs.getByText('You are signed in on 2 devices.').waitFor()
  await theirs.getByText(WAITING).waitFor({ state: 'hidden' })
  t.equal(await theirs.locator('[part=session]').count(), 2)
})

test('"No, log it out" ends it at once', async (t) => {
  const pages = await open(t, patient, 'second@example.com')
  if (pages === null) return
  await pages.mine.getByRole('button', { name: 'No, log it out' }).click()
  await pages.theirs.getByRole('heading', { name: 'You were logged out from another device' }).waitFor()
  await pages.mine.getByText('You are signed in here, and nowhere else.').waitFor()
})

test('nobody says anything: it ends by itself, on the page at once', async (t) => {
  const pages = await open(t, await startNode(t, 6_000), 'user@example.com')
  if (pages === null) return
  await pages.theirs.getByRole('heading', { name: 'Your session has expired' }).waitFor()
  t.equal(await pages.mine.getByText('Live', { exact: true }).count(), 1)
})
