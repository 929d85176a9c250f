/** The session whose cookie a login takes the place of, whatever other credentials the request carries. */
import type { FastifyRequest } from 'fastify'
import { countCookies, parseCookies } from './cookie-header.ts'
import type { Tokens } from '../auth/tokens.ts'

/** Null without a cookie of ours, or with several. Whether the session lives is for whoever ends it to see. */
export type CarriedSession = (request: FastifyRequest) => { id: string, userId: string } | null

export function createCarriedSession (cookieName: string, verifyToken: Tokens['verify']): CarriedSession {
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
