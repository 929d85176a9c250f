/** A suspicious login in Chromium: the page that is open asks, and says yes or no; nobody says anything, and it ends by itself. */
import file, { test, type Test } from 'tap'
import type { Page } from 'playwright-core'
import { createEmptyDatabase } from '../helpers/database.ts'
import { startDemo } from '../helpers/demo-process.ts'
import { openPage, signIn, startBrowser } from '../helpers/browser.ts'

async function startNode (t: Test, confirmWithinMs: number): Promise<string> {
  const { address } = await startDemo(t, {
    DATABASE_URL: (await createEmptyDatabase(t)).url,
    JWT_SECRET: 'x'.repeat(32),
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

const WAITING = 'Please confirm this sign-in on another device'

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
