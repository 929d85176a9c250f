/** What a page gets when it asks its server: the status of each request, one after the other. */
import type { Page } from 'playwright-core'
import { PASSWORD } from './app.ts'

/** A method and a path. */
export type Request = [method: string, path: string]

export const LOGIN: Request = ['POST', '/api/auth/login']
export const CURRENT: Request = ['GET', '/api/sessions/current']

/** A login is one by cookie, of `email`. */
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
