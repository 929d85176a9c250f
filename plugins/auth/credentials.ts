/** Where a request's token is: the Authorization header, the socket's subprotocol, the session cookie. Never the URL. */
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import { BEARER_SUBPROTOCOL_PREFIX, SUBPROTOCOL } from '../../src/protocol.ts'
import { countCookies, parseCookies } from './cookies.ts'

const kPlainRoute = Symbol.for('fastify-live-sessions.plain-route')
const BEARER = 'Bearer '
/** The scheme, and not the beginning of another one: what may follow within a scheme's name is RFC 9110's "token". */
const BEARER_SCHEME = /^Bearer(?![\w!#$%&'*+\-.^`|~]) *(.*)$/i

export interface Credential {
  token: string
  via: 'header' | 'subprotocol' | 'cookie'
  /** There were several cookies of the name: nobody can say which is the person's own, and which was planted. */
  shadowed?: true
}

/** The credential, in this fixed order. A malformed Bearer header is a bad credential (an empty token), never a fall-back to the cookie. */
export function readCredential (request: FastifyRequest, cookieName: string): Credential | null {
  const { authorization, cookie: cookies } = request.headers
  if (authorization !== undefined) {
    // As nearly every client writes it, without a look at each character.
    if (authorization.startsWith(BEARER) && authorization[BEARER.length] !== ' ') return { token: authorization.slice(BEARER.length), via: 'header' }
    const bearer = BEARER_SCHEME.exec(authorization)
    if (bearer !== null) return { token: bearer[1] as string, via: 'header' }
  }
  const protocols = request.headers['sec-websocket-protocol']
  if (protocols !== undefined && isUpgrade(request)) {
    const [first, ...others] = offeredProtocols(protocols)
    const bearer = first === SUBPROTOCOL ? others.find((protocol) => protocol.startsWith(BEARER_SUBPROTOCOL_PREFIX)) : undefined
    if (bearer !== undefined) return { token: bearer.slice(BEARER_SUBPROTOCOL_PREFIX.length), via: 'subprotocol' }
  }
  if (cookies !== undefined && cookies.includes(cookieName)) {
    if (countCookies(cookies, cookieName) > 1) return { token: '', via: 'cookie', shadowed: true }
    const token = parseCookies(cookies)[cookieName]
    if (token !== undefined && token !== '') return { token, via: 'cookie' }
  }
  return null
}

/**
 * Only a handshake has subprotocols, and only where it can lead to a socket. Node's parser says what it took for one; a request that no
 * parser read, as in `injectWS`, has but its header.
 */
function isUpgrade ({ raw, routeOptions }: FastifyRequest): boolean {
  const upgrades = (raw as { upgrade?: boolean | null }).upgrade ?? raw.headers.upgrade?.toLowerCase() === 'websocket'
  return upgrades && (routeOptions.config as { [kPlainRoute]?: true })[kPlainRoute] === undefined
}

/** From here on the routes that open no socket are known. */
export function markPlainRoutes (app: FastifyInstance): void {
  app.addHook('onRoute', (route: RouteOptions & { websocket?: boolean }) => {
    if (route.wsHandler === undefined && route.websocket !== true) Object.assign(route, { config: { ...route.config, [kPlainRoute]: true } })
  })
}

export function offeredProtocols (header: string | undefined): string[] {
  return header === undefined ? [] : header.split(',').map((protocol) => protocol.trim())
}
