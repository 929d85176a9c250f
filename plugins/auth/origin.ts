/**
 * Whether a request comes from the app's own pages or an allowed origin: against cross-site requests with the cookie.
 */
import type { FastifyRequest } from 'fastify'

/** Nothing but a protocol, a host and perhaps a port: what a URL would make of more than that is not what was sent. */
const BARE_ORIGIN = /^https?:\/\/[^\s/\\@?#]+$/i

/**
 * The origin that the client speaks to: protocol and host, after trustProxy; null where the host is none.
 * As browsers write origins, in small letters and without the protocol's own port: proxies hand on `app.example:443`.
 */
function ownOrigin (request: FastifyRequest): string | null {
  // Traefik says wss of a WebSocket, where browsers write https.
  const text = `${request.protocol.replace(/^ws/, 'http')}://${request.host}`
  return BARE_ORIGIN.test(text) && URL.canParse(text) ? new URL(text).origin : null
}

/** An Origin header is compared as it is: browsers write it in one way only. */
function isTrusted (request: FastifyRequest, origin: string, allowed: ReadonlySet<string>): boolean {
  return origin === ownOrigin(request) || allowed.has(origin)
}

/** Null when an unsafe request with the cookie may pass; else why not. */
export function crossSite (request: FastifyRequest, allowed: ReadonlySet<string>): string | null {
  const site = request.headers['sec-fetch-site']
  const { origin } = request.headers
  if (site === 'same-origin' || site === 'none') return null
  if (origin === undefined) return 'it has neither Sec-Fetch-Site: same-origin nor an Origin header'
  if (site === 'same-site') {
    return allowed.has(origin) ? null : `the origin ${JSON.stringify(origin)} is not in allowedOrigins`
  }
  return isTrusted(request, origin, allowed) ? null : foreign(origin)
}

/**
 * Null when a socket may be opened from there; else why not. Programs send no Origin, and then need another credential
 * than the cookie.
 */
export function foreignSocket (
  request: FastifyRequest, origin: string | undefined, allowed: ReadonlySet<string>, byCookie: boolean
): string | null {
  if (origin === undefined) return byCookie ? 'a socket with the cookie needs an Origin header' : null
  return isTrusted(request, origin, allowed) ? null : foreign(origin)
}

/** The server's own origin is not told: behind a proxy it may be an internal name. */
function foreign (origin: string): string {
  return `the origin ${JSON.stringify(origin)} is neither this server's own nor in allowedOrigins. ` +
    'If it should be its own, a proxy in between changes Host: let it pass Host on, ' +
    'or send X-Forwarded-Host and name it in trustProxy'
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

export function isUnsafe (request: FastifyRequest): boolean {
  return !SAFE_METHODS.has(request.method)
}
