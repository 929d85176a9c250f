/** An app whose pages hold the elements, people's devices that sign in to it, and a browser to look at them. */
import axeCore, { type AxeResults } from 'axe-core'
import type { Browser, Locator, Page } from 'playwright-core'
import type { Test } from 'tap'
import { buildApp, PASSWORD, type BuildOptions, type TestApp } from '../helpers/app.ts'
import { newPage, startBrowser } from '../helpers/browser.ts'
import { logInBrowser } from '../helpers/browser-requests.ts'
import { servePanel, type PanelPage } from './panel-page.ts'

export const USER = 'user@example.com'
export const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1'
export const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0'

export interface PanelApp extends TestApp {
  browser: Browser
  /** Signs in another device; its token. */
  device: (agent: string, options?: { email?: string, name?: string }) => Promise<{ token: string, id: string }>
  /** An empty page of a browser that is signed in. */
  signedIn: (email?: string) => Promise<Page>
  /** The same, with its elements there. */
  open: (path?: string, email?: string) => Promise<Page>
}

/** Null where there is no browser, and the test is skipped. */
export async function startPanelApp (t: Test, pages: Record<string, PanelPage>, { after, ...options }: BuildOptions = {}): Promise<PanelApp | null> {
  const browser = await startBrowser(t)
  if (browser === null) return null
  const built = await buildApp(t, {
    ...options,
    async after (app) {
      await after?.(app)
      for (const [path, page] of Object.entries(pages)) await servePanel(app, path, page)
    }
  })
  const signedIn = async (email = USER): Promise<Page> => {
    const page = await newPage(t, browser)
    t.equal(await logInBrowser(page.context(), built.address, email), 200)
    return page
  }
  return {
    ...built,
    browser,
    signedIn,
    async device (agent, { email = USER, name } = {}) {
      const { body } = await built.app.inject({
        method: 'POST', url: '/api/auth/login', headers: { 'user-agent': agent }, payload: { email, password: PASSWORD, device: name === undefined ? {} : { name } }
      })
      const { token, session } = JSON.parse(body) as { token: string, session: { id: string } }
      return { token, id: session.id }
    },
    async open (path = '/', email = USER) {
      const page = await signedIn(email)
      await page.goto(`${built.address}${path}`)
      return page
    }
  }
}

/** The rows of sessions that are alive. */
export const rows = (page: Page): Locator => page.locator('[part=session]')

const RULES = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']

/** What axe-core has to say against the page, which has no frames, in short. */
export async function axe (page: Page): Promise<string[]> {
  // Once in each page, which knows it better with every run.
  if (await page.evaluate('typeof axe') === 'undefined') await page.evaluate(axeCore.source)
  const options = JSON.stringify({ runOnly: RULES, resultTypes: ['violations'] })
  const { violations } = await page.evaluate(`axe.run(${options}).then(({ violations }) => ({ violations }))`) as Pick<AxeResults, 'violations'>
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary}`).join(' | ')}`)
}
