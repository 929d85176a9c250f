/** An app whose page is one live session and no more, with the client as it is shipped, and a count of its sockets at the server. */
import type { Duplex } from 'node:stream'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { Test } from 'tap'
import type { LiveSessionsOptions } from '../../plugins/index.ts'
import { buildApp } from '../helpers/app.ts'
import type { TestDatabase } from '../helpers/database.ts'
import { becomes } from '../helpers/browser.ts'
import { logInBrowser } from '../helpers/browser-requests.ts'
import { ask } from '../helpers/device.ts'

const PAGE = `
import { connectLiveSession, wipeOrigin } from './src/client/index.ts'

const seen = window.seen = { states: [], logouts: [], changes: 0, problems: 0, sockets: [], wipes: 0 }
class CountedSocket extends WebSocket {
  constructor (...args) { super(...args); seen.sockets.push(this) }
}
window.isLeading = () => seen.sockets.some(({ readyState }) => readyState === 1)
const show = () => {
  document.getElementById('state').textContent = live.state
  if (live.state === 'signedOut') document.getElementById('user').textContent = ''
}
const WIPES = {
  '': async () => { seen.wipes++; await wipeOrigin() },
  quick: () => { seen.wipes++ },
  fails: () => { throw new Error('it is still there') }
}
const wipe = new URLSearchParams(location.search).get('wipe')
const live = window.live = connectLiveSession({
  WebSocket: CountedSocket,
  onLogout: (event) => { seen.logouts.push(event) },
  onChange: () => { seen.changes++ },
  onProblem: () => { seen.problems++ },
  onStateChange: (state) => { seen.states.push(state); show() },
  ...(wipe === null ? {} : { onWipe: WIPES[wipe] })
})
show()
`
const HTML = `<!doctype html><title>tabs</title><link rel="icon" href="data:,">
<p id="state"></p><p id="user">the user's own things</p><script src="/page.js"></script>`

interface Live { state: string, sessionId: string | null, fetch: typeof fetch, close: () => void }
export interface Seen {
  states: string[]
  logouts: Array<{ reason: string | null, via: string }>
  changes: number
  problems: number
  wipes: number
}
export type TabWindow = typeof globalThis & { live: Live, seen: Seen, isLeading: () => boolean }

let script: Promise<string> | undefined

function bundle (): Promise<string> {
  script ??= build({
    stdin: { contents: PAGE, resolveDir: join(import.meta.dirname, '../..'), loader: 'js' },
    bundle: true,
    format: 'iife',
    write: false
  }).then(({ outputFiles }) => outputFiles[0]?.text ?? '')
  return script
}

export async function buildTabsApp (t: Test, options: Partial<LiveSessionsOptions> = {}, database?: TestDatabase, port = 0) {
  const text = await bundle()
  /** By the cookie that opened them: one for each profile. */
  const sockets = new Map<Duplex, string>()
  let opened = 0
  const built = await buildApp(t, {
    options,
    port,
    ...(database ? { database } : {}),
    before (app) {
      app.addHook('onRequest', async ({ raw: { socket }, headers }) => {
        if (headers.upgrade === undefined) return
        opened++
        sockets.set(socket, headers.cookie ?? '')
        socket.once('close', () => { sockets.delete(socket) })
      })
    },
    after (app) {
      app.get('/blank', async (_request, reply) => reply.type('text/html').send('<!doctype html><title>blank</title><link rel="icon" href="data:,">'))
      app.get('/page.js', async (_request, reply) => reply.type('text/javascript').send(text))
      app.get('/', async (_request, reply) => reply.type('text/html').send(HTML))
    }
  })
  return {
    ...built,
    /** How many sockets each profile holds now. */
    socketsByProfile: (): number[] => {
      const counts = new Map<string, number>()
      for (const cookie of sockets.values()) counts.set(cookie, (counts.get(cookie) ?? 0) + 1)
      return [...counts.values()]
    },
    /** How many were ever asked for. */
    get opened () { return opened }
  }
}

/** A profile that is signed in, without a page. */
export async function openProfile (browser: Browser, address: string, email = 'user@example.com'): Promise<BrowserContext> {
  const context = await browser.newContext()
  context.setDefaultTimeout(40_000)
  const status = await logInBrowser(context, address, email)
  if (status !== 200) throw new Error(`login: ${status}`)
  return context
}

export async function openTab (context: BrowserContext, address: string, path = '/'): Promise<Page> {
  const page = await context.newPage()
  await page.goto(address + path)
  return page
}

export async function openTabs (context: BrowserContext, address: string, count: number, path = '/'): Promise<Page[]> {
  const pages: Page[] = []
  for (let i = 0; i < count; i++) pages.push(await openTab(context, address, path))
  for (const page of pages) await reached(page, 'open')
  return pages
}

export async function reached (page: Page, state: string): Promise<void> {
  await becomes(page, `window.live.state === '${state}'`)
}

export async function isLeading (page: Page): Promise<boolean> {
  return await page.evaluate(() => (globalThis as TabWindow).isLeading())
}

export async function seenBy (page: Page): Promise<Seen> {
  return await page.evaluate(() => {
    const { sockets: _, ...seen } = (globalThis as TabWindow).seen as Seen & { sockets: unknown }
    return seen
  })
}

/** The tab that holds the socket, and the others. */
export async function byRole (pages: Page[]): Promise<{ leader: Page, followers: Page[] }> {
  const leads = await Promise.all(pages.map(isLeading))
  if (leads.filter(Boolean).length !== 1) throw new Error(`leaders: ${leads.join(' ')}`)
  return { leader: pages[leads.indexOf(true)] as Page, followers: pages.filter((_, i) => leads[i] === false) }
}

/** Ends a session from elsewhere; the answer's status. */
export async function endSession (address: string, token: string, id: string): Promise<number> {
  return (await ask(address, 'DELETE', `/api/sessions/${id}`, { token })).status
}
