/**
 * `npm run bench:browser`: from a click in one Chromium page to the change of another one, over two nodes, beside the
 * floor of a logout, alternating in one run. Writes its section of docs/LATENCY.md.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { Browser, Page } from 'playwright-core'
import type { Test } from 'tap'
import { PASSWORD } from '../../helpers/app.ts'
import { launch } from '../../helpers/browser.ts'
import { startNodes } from '../../helpers/nodes.ts'
import { startServices } from '../../helpers/services.ts'
import { BROWSER_SECTION } from './browser-section.ts'
import { openFloor } from './floor.ts'

const SAMPLES = 50
const WARM_UP = 15
/** The target: so many times the floor, and so many frames on top. */
const FLOORS = 3
const FRAMES = 2
const DOCUMENT = 'docs/LATENCY.md'
const USER = 'user@example.com'

/** Both pages are of one browser, and of one machine: their clocks agree. */
const NOW = 'performance.timeOrigin + performance.now()'
const PAGE = `
import { connectLiveSession } from './src/client/index.ts'
document.body.innerHTML = '<button>Log out</button><p>of the user</p>'
const [button, secret] = document.body.children
window.end = (id) => { button.onclick = () => {
  window.clickedAt = ${NOW}
  fetch('/api/sessions/' + id, { method: 'DELETE' })
} }
window.changed = new Promise((resolve) => {
  window.live = connectLiveSession({ onLogout () {
    secret.textContent = ''
    const changedAt = ${NOW}
    requestAnimationFrame(() => { resolve({ changedAt, shownAt: ${NOW} }) })
  } })
})
window.frameMs = new Promise((resolve) => {
  const times = []
  const next = (time) => { if (times.push(time) > 60) resolve((times.at(-1) - times[0]) / (times.length - 1)); else requestAnimationFrame(next) }
  requestAnimationFrame(next)
})`

interface Sample {
  /** Click → the page's content has changed, and → the frame that shows it begins. In ms. */
  changed: number
  shown: number
}

/** What the test helpers need of a test: they clean up at its end. */
const cleanups: Array<() => unknown> = []
const t = { teardown (cleanup: () => unknown) { cleanups.unshift(cleanup) }, pass () {} } as unknown as Test

try {
  const services = await startServices(process.pid)
  const { nodes: [a, b], database } = await startNodes(t, 2, { redis: services.redis.url, options: { login: { failuresPerMinute: 0 } } })
  const browser = await launch()
  if (browser === null) throw new Error('no Chromium on this machine (Debian: apt-get install chromium)')
  cleanups.unshift(async () => { await browser.close() })
  const floor = await openFloor(database.url, services.redis.url)
  cleanups.unshift(floor.close)
  const open = await pages(browser)
  const acting = await open(a.address)
  const frameMs = await acting.evaluate('window.frameMs') as number

  const floors: number[] = []
  const samples: Sample[] = []
  for (let index = -WARM_UP; index < SAMPLES; index++) {
    const floorMs = await floor.sample()
    const sample = await logOut(acting, await open(b.address))
    if (index < 0) continue
    floors.push(floorMs)
    samples.push(sample)
  }
  const [floorMs, changed, shown] = [floors, samples.map((one) => one.changed), samples.map((one) => one.shown)].map(median) as [number, number, number]
  const limit = FLOORS * floorMs + FRAMES * frameMs
  const section = sectionOf({ floorMs, frameMs, changed, shown, limit })
  process.stdout.write(section)
  const [before = ''] = readFileSync(DOCUMENT, 'utf8').split(`\n${BROWSER_SECTION}`)
  writeFileSync(DOCUMENT, `${before}\n${section}`)
  process.exitCode = shown <= limit ? 0 : 1
} finally {
  for (const cleanup of cleanups) await cleanup()
}

/** Each call signs in with a profile of its own, and gives its page when that is live. */
async function pages (browser: Browser): Promise<(address: string) => Promise<Page>> {
  const { outputFiles: [script] } = await build({
    stdin: { contents: PAGE, resolveDir: join(import.meta.dirname, '../../..'), loader: 'ts' },
    bundle: true,
    format: 'iife',
    write: false
  })
  return async (address) => {
    const context = await browser.newContext()
    const answer = await context.request.post(`${address}/api/auth/login`, {
      data: { email: USER, password: PASSWORD, transport: 'cookie' }, headers: { origin: address }
    })
    if (!answer.ok()) throw new Error(`login: ${answer.status()} ${await answer.text()}`)
    const page = await context.newPage()
    // any page of the server's: one that Playwright answers itself may open no socket to this machine
    await page.goto(`${address}/health/live`)
    await page.evaluate(script?.text ?? '')
    await page.waitForFunction('window.live.state === "open"')
    return page
  }
}

async function logOut (acting: Page, other: Page): Promise<Sample> {
  await acting.evaluate((id) => { (globalThis as unknown as { end: (id: string) => void }).end(id) }, await other.evaluate('window.live.sessionId') as string)
  await acting.click('button')
  const { changedAt, shownAt } = await other.evaluate('window.changed') as { changedAt: number, shownAt: number }
  const clickedAt = await acting.evaluate('window.clickedAt') as number
  await other.context().close()
  return { changed: changedAt - clickedAt, shown: shownAt - clickedAt }
}

function median (values: readonly number[]): number {
  return [...values].sort((x, y) => x - y)[values.length >> 1] ?? NaN
}

function sectionOf ({ floorMs, frameMs, changed, shown, limit }: Record<'floorMs' | 'frameMs' | 'changed' | 'shown' | 'limit', number>): string {
  const ms = (value: number): string => `${value.toFixed(1)} ms`
  return `${BROWSER_SECTION}

Written by \`npm run bench:browser\`: ${SAMPLES} logouts in Chromium, over two node processes. A click in a page on node A sends the DELETE; the page on node B empties itself in \`onLogout\`. Each stands beside one sample of the floor.

| median | |
| --- | ---: |
| floor, as above | ${ms(floorMs)} |
| click → the other page's content has changed | ${ms(changed)} |
| click → the frame that shows it begins | ${ms(shown)} |
| target: ${FLOORS}× the floor and ${FRAMES} frames of ${ms(frameMs)} | ${ms(limit)} |

This run is ${shown <= limit ? 'within' : 'not within'} the target. The load average was ${loadavg()[0]?.toFixed(1)} at its end.
`
}
