/**
 * Where a request's token is: the Authorization header, the socket's subprotocol, the session cookie. Never the URL.
 */
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import { BEARER_SUBPROTOCOL_PREFIX, SUBPROTOCOL } from '../../src/protocol.ts'
import { SEVERAL, soleCookie } from '../cookies/cookie-header.ts'

const kPlainRoute = Symbol.for('fastify-live-sessions.plain-route')
const BEARER = 'Bearer '
/** The scheme, and not the beginning of another one: what may follow within a scheme's name is RFC 9110's "token". */
const BEARER_SCHEME = /^Bearer(?![\w!#$%&'*+\-.^`|~]) *(.*)$/i

/**
 * Read as the token when there are several cookies of the name: nobody can say which is the person's own. It is no
 * valid token.
 */
export const SEVERAL_COOKIES = ''

/**
 * The token that a client sent on purpose, in the Authorization header or as a subprotocol of a socket's handshake;
 * null without one. A malformed Bearer header is a bad credential (an empty token), never a fall-back to the cookie.
 */
export function sentToken (request: FastifyRequest): string | null {
  const { authorization, 'sec-websocket-protocol': protocols } = request.headers
  if (authorization !== undefined) {
    // As nearly every client writes it, without a look at each character.
    const isUsual = authorization.startsWith(BEARER) && authorization[BEARER.length] !== ' '
    if (isUsual) return authorization.slice(BEARER.length)
    const bearer = BEARER_SCHEME.exec(authorization)
    if (bearer !== null) return bearer[1] as string
  }
  if (protocols !== undefined && isUpgrade(request)) {
    const [first, ...others] = offeredProtocols(protocols)
    const bearer = others.find((protocol) => protocol.startsWith(BEARER_SUBPROTOCOL_PREFIX))
    if (first === SUBPROTOCOL && bearer !== undefined) return bearer.slice(BEARER_SUBPROTOCOL_PREFIX.length)
  }
  return null
}

/** The token that the browser keeps, or `SEVERAL_COOKIES`; null without one. */
export function cookieToken ({ headers: { cookie } }: FastifyRequest, name: string): string | null {
  const token = soleCookie(cookie, name)
  if (token === SEVERAL) return SEVERAL_COOKIES
  return token === '' ? null : token
}

/**
 * Only a handshake has subprotocols, and only where it can lead to a socket. Node's parser says what it took for one; a
 * request that no parser read, as in `injectWS`, has but its header.
 */
function isUpgrade ({ raw, routeOptions }: FastifyRequest): boolean {
  const upgrades = (raw as { upgrade?: boolean | null }).upgrade ?? raw.headers.upgrade?.toLowerCase() === 'websocket'
  return upgrades && (routeOptions.config as { [kPlainRoute]?: true })[kPlainRoute] === undefined
}

/** Marks every route of the app from here on that opens no socket. */
export function markPlainRoutes (app: FastifyInstance): void {
  app.addHook('onRoute', (route: RouteOptions & { websocket?: boolean }) => {
    const opensSocket = route.wsHandler !== undefined || route.websocket === true
    if (!opensSocket) Object.assign(route, { config: { ...route.config, [kPlainRoute]: true } })
  })
}

/** The subprotocols of a handshake, in the client's order. */
export function offeredProtocols (header: string | undefined): string[] {
  return header === undefined ? [] : header.split(',').map((protocol) => protocol.trim())
}
