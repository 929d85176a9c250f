/** A page with nothing but the client, which notes what it is told; signed in as a user of an app that is behind a proxy. */
import { join } from 'node:path'
import { build } from 'esbuild'
import type { FastifyInstance } from 'fastify'
import type { Browser, Page } from 'playwright-core'
import type { Test } from 'tap'
import { buildApp, type BuildOptions, type TestApp } from '../helpers/app.ts'
import { becomes, newPage } from '../helpers/browser.ts'
import { logInBrowser } from '../helpers/browser-requests.ts'
import { startKillingProxy } from '../helpers/killing-proxy.ts'

const SCRIPT = `
import { connectLiveSession } from './src/client/index.ts'
window.told = { states: [], logouts: [], persisted: [] }
addEventListener('pageshow', ({ persisted }) => { told.persisted.push(persisted) })
window.live = connectLiveSession({
  onStateChange: (state) => {
    told.states.push(state)
    document.getElementById('state').textContent = state
  },
  onLogout: ({ reason }) => {
    told.logouts.push(reason)
    document.getElementById('secret').textContent = ''
  }
})
`
const PAGE = '<!doctype html><title>client</title><link rel="icon" href="data:,"><p id="state"></p><p id="secret">of the user</p>' +
  '<script src="/page.js"></script>'

export interface Told {
  states: string[]
  logouts: Array<string | null>
  /** `event.persisted` of each `pageshow`. */
  persisted: boolean[]
}

let bundle: Promise<string> | undefined

async function servePage (app: FastifyInstance): Promise<void> {
  bundle ??= build({
    stdin: { contents: SCRIPT, resolveDir: join(import.meta.dirname, '../..'), loader: 'ts' },
    bundle: true,
    format: 'iife',
    write: false
  }).then(({ outputFiles }) => outputFiles[0]?.text ?? '')
  const script = await bundle
  const blank = '<!doctype html><title>blank</title><link rel="icon" href="data:,">'
  app.get('/blank', async (_request, reply) => reply.type('text/html').send(blank))
  app.get('/page.js', async (_request, reply) => reply.type('text/javascript').send(script))
  app.get('/', async (_request, reply) => reply.type('text/html').send(PAGE))
}

/** Another app of the same cluster, or the first. */
export async function startApp (t: Test, options: BuildOptions = {}): Promise<TestApp> {
  return await buildApp(t, { ...options, after: servePage })
}

/** A page that is live, through a proxy. */
export async function openClientPage (t: Test, browser: Browser, user: string) {
  const node = await startApp(t)
  const proxy = await startKillingProxy(t, node.address)
  const page = await newPage(t, browser)
  t.equal(await logInBrowser(page.context(), proxy.address, user), 200)
  await page.goto(`${proxy.address}/`)
  await reach(page, 'open')
  return { node, proxy, page }
}

/** The client is in this state. */
export async function reach (page: Page, state: string): Promise<void> {
  await becomes(page, `window.live.state === '${state}'`)
}

/** What the page was told since it was loaded: a reload would forget it. */
export async function toldTo (page: Page): Promise<Told> {
  return await page.evaluate('window.told') as Told
}
