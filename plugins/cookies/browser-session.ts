/** The session of the browser that a request comes from: its cookie's, whatever other credentials the request has. */
import type { FastifyRequest } from 'fastify'
import { countCookies, parseCookies } from './cookie-header.ts'
import type { Tokens } from '../auth/tokens.ts'

/** Null without a cookie of ours, or with several. Whether the session lives is for whoever ends it to see. */
export type BrowserSession = (request: FastifyRequest) => { id: string, userId: string } | null

export function createBrowserSession (cookieName: string, verifyToken: Tokens['verify']): BrowserSession {
  return ({ headers: { cookie } }) => {
    if (countCookies(cookie, cookieName) !== 1) return null
    try {
      const { sessionId, userId } = verifyToken(parseCookies(cookie as string)[cookieName] ?? '')
      return { id: sessionId, userId }
    } catch {
      return null
    }
  }
}
