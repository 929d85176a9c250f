/** Chromium for the tests: contexts that are strangers to each other, as two people's browsers are. */
import { existsSync } from 'node:fs'
import { chromium, type Browser, type LaunchOptions, type Page } from 'playwright-core'
import type { Test } from 'tap'

const CHOSEN = process.env['CHROMIUM_PATH']
const WHOLE = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
/** The same Chromium without a browser's own windows: a page takes a third of the processor. */
const SHELL = '/usr/bin/chromium-headless-shell'
const ARGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'
]

interface BrowserOptions extends LaunchOptions {
  /** The shell has no back/forward cache, so that these tests need all of Chromium. */
  cachesPages?: boolean
}

/** Null, and the test is skipped, where no Chromium is on the machine. */
export async function startBrowser (
  t: Test,
  { cachesPages = false, ...options }: BrowserOptions = {}
): Promise<Browser | null> {
  const places = [CHOSEN, ...(cachesPages ? [] : [SHELL]), ...WHOLE]
  const executablePath = places.find((place) => place !== undefined && place !== '' && existsSync(place))
  if (executablePath === undefined) {
    t.pass('a browser', { skip: 'no Chromium on this machine (Debian: apt-get install chromium)' })
    return null
  }
  // Playwright turns that cache off
  const cache = cachesPages ? { ignoreDefaultArgs: ['--disable-back-forward-cache'] } : {}
  const browser = await chromium.launch({ executablePath, args: ARGS, ...cache, ...options })
  t.teardown(() => browser.close())
  return browser
}

/** What Chromium itself says of requests that fail; servers come and go in these tests. */
const NETWORK = /^(Failed to load resource|WebSocket connection to)/

/** A page in a browser of its own that has nothing to complain about but the network. */
export async function openPage (t: Test, browser: Browser, address: string): Promise<Page> {
  const context = await browser.newContext()
  // Before the app closes: what its page says of that is no news, and may come when the test is over.
  t.teardown(async () => { await context.close() })
  const page = await context.newPage()
  // above the client's longest pause between two tries to connect
  page.setDefaultTimeout(40_000)
  page.on('pageerror', (error) => { t.fail(`the page threw: ${error.message}`) })
  page.on('console', (message) => {
    if (message.type() === 'error' && !NETWORK.test(message.text())) t.fail(`the page complained: ${message.text()}`)
  })
  await page.goto(address)
  return page
}

/** One click fills in a demo account, the next signs in; the page is ready when it is live. */
export async function signIn (page: Page, email = 'user@example.com'): Promise<void> {
  await page.getByRole('button', { name: email }).click()
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByText('Live', { exact: true }).waitFor()
}
