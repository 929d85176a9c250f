/** What a browser gets when it asks its server: the status of each request. */
import type { BrowserContext, Page } from 'playwright-core'
import { PASSWORD } from './app.ts'

/** A method and a path. */
export type Request = [method: string, path: string]

export const LOGIN: Request = ['POST', '/api/auth/login']
export const CURRENT: Request = ['GET', '/api/sessions/current']

/** One after the other, from the page. A login is one by cookie, of `email`. */
export async function askFrom (page: Page, requests: Request[], email = 'user@example.com'): Promise<number[]> {
  return await page.evaluate(async ({ requests, login }) => {
    const statuses = []
    for (const [method, path] of requests) {
      const body = path.endsWith('/login') ? JSON.stringify(login) : null
      const { status } = await fetch(path, { method, body, ...(body === null ? {} : { headers: { 'content-type': 'application/json' } }) })
      statuses.push(status)
    }
    return statuses
  }, { requests, login: { email, password: PASSWORD, transport: 'cookie' } })
}

/** The browser has the login's cookie, for whatever page comes: one that asks for it would be a navigation more. */
export async function logInBrowser (context: BrowserContext, address: string, email = 'user@example.com'): Promise<number> {
  const answer = await context.request.post(`${address}/api/auth/login`, {
    data: { email, password: PASSWORD, transport: 'cookie' }, headers: { origin: address }
  })
  return answer.status()
}
