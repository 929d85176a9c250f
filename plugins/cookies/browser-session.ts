/** The session of the browser that a request comes from: its cookie's, whatever other credentials the request has. */
import type { FastifyRequest } from 'fastify'
import { SEVERAL, soleCookie } from './cookie-header.ts'
import type { Tokens } from '../auth/tokens.ts'

/** Null without a cookie of ours, or with several. Whether the session lives is for whoever ends it to see. */
export type BrowserSession = (request: FastifyRequest) => { id: string, userId: string } | null

export function createBrowserSession (cookieName: string, verifyToken: Tokens['verify']): BrowserSession {
  return ({ headers: { cookie } }) => {
    const token = soleCookie(cookie, cookieName)
    if (token === null || token === SEVERAL) return null
    try {
      const { sessionId, userId } = verifyToken(token)
      return { id: sessionId, userId }
    } catch {
      return null
    }
  }
}
