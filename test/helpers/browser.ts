/** Chromium for the tests: contexts that are strangers to each other, as two people's browsers are. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, Page } from 'playwright-core'
import file, { type Test } from 'tap'

// Required, not imported: an import reads all of its 7 MB for names to export, which takes 0.3 s of the processor in each process.
const { chromium } = createRequire(import.meta.url)('playwright-core') as typeof import('playwright-core')

const CHOSEN = process.env['CHROMIUM_PATH']
const WHOLE = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
/** The same Chromium without a browser's own windows: a page takes a third of the processor. */
const SHELL = '/usr/bin/chromium-headless-shell'
const ARGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
  // Tabs of one context beyond it share processes, as on a machine with little memory: forty tabs take two thirds of the processor.
  '--renderer-process-limit=8'
]

interface BrowserOptions {
  /** The shell has no back/forward cache, so that these tests need all of Chromium. */
  cachesPages?: boolean
}

/** The browsers of the file that runs, by how they were started: a start takes some tenths of a second of the processor. */
const started = new Map<string, Promise<Browser | null>>()

/** Its contexts are gone when the test is. Null, and the test is skipped, where no Chromium is on the machine. */
export async function startBrowser (t: Test, options: BrowserOptions = {}): Promise<Browser | null> {
  const key = JSON.stringify(options)
  let starting = started.get(key)
  if (starting === undefined) {
    started.set(key, starting = launch(options))
    file.teardown(async () => {
      started.delete(key)
      await (await starting)?.close()
    })
  }
  const browser = await starting
  if (browser === null) t.pass('a browser', { skip: 'no Chromium on this machine (Debian: apt-get install chromium)' })
  else t.teardown(async () => { await Promise.all(browser.contexts().map(async (context) => { await context.close() })) })
  return browser
}

/** One of the caller's own. Null where no Chromium is on the machine. */
export async function launch ({ cachesPages = false }: BrowserOptions = {}): Promise<Browser | null> {
  const places = [CHOSEN, ...(cachesPages ? [] : [SHELL]), ...WHOLE]
  const executablePath = places.find((place) => place !== undefined && place !== '' && existsSync(place))
  if (executablePath === undefined) return null
  // Playwright turns that cache off
  const cache = cachesPages ? { ignoreDefaultArgs: ['--disable-back-forward-cache'] } : {}
  return await chromium.launch({ executablePath, args: ARGS, ...cache })
}

/** What Chromium itself says of requests that fail; servers come and go in these tests. */
const NETWORK = /^(Failed to load resource|WebSocket connection to)/

/** An empty page in a browser of its own; what it shows later has nothing to complain about but the network. */
export async function newPage (t: Test, browser: Browser): Promise<Page> {
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
  return page
}

export async function openPage (t: Test, browser: Browser, address: string): Promise<Page> {
  const page = await newPage(t, browser)
  await page.goto(address)
  return page
}

/** Until the expression is true in the page. Not looked at frame by frame, for which Chromium would draw all the while. */
export async function becomes (page: Page, expression: string): Promise<void> {
  await page.waitForFunction(expression, undefined, { polling: 20 })
}

/** One click fills in a demo account, the next signs in; the page is ready when it is live. */
export async function signIn (page: Page, email = 'user@example.com'): Promise<void> {
  await page.getByRole('button', { name: email }).click()
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByText('Live', { exact: true }).waitFor()
}
