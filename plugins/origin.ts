/** Whether a request comes from the app's own pages or an allowed origin: against cross-site requests with the cookie. */
import type { FastifyRequest } from 'fastify'

/** Nothing but a protocol, a host and perhaps a port: what a URL would make of more than that is not what was sent. */
const BARE_ORIGIN = /^https?:\/\/[^\s/\\@?#]+$/i

/** As browsers write it: in small letters, without the protocol's own port. Null for what is no origin, `null` included. */
function originOf (text: string): string | null {
  return BARE_ORIGIN.test(text) && URL.canParse(text) ? new URL(text).origin : null
}

/** The origin that the client speaks to: protocol and host, after trustProxy. */
function ownOrigin (request: FastifyRequest): string | null {
  return originOf(`${request.protocol}://${request.host}`)
}

function isAllowed (origin: string, allowed: ReadonlySet<string>): boolean {
  const normal = originOf(origin)
  return normal !== null && allowed.has(normal)
}

function isTrusted (request: FastifyRequest, origin: string, allowed: ReadonlySet<string>): boolean {
  const normal = originOf(origin)
  return normal !== null && (normal === ownOrigin(request) || allowed.has(normal))
}

/** Null when an unsafe request with the cookie may pass; else why not. */
export function crossSite (request: FastifyRequest, allowed: ReadonlySet<string>): string | null {
  const site = request.headers['sec-fetch-site']
  const { origin } = request.headers
  if (site === 'same-origin' || site === 'none') return null
  if (origin === undefined) return 'it has neither Sec-Fetch-Site: same-origin nor an Origin header'
  if (site === 'same-site') return isAllowed(origin, allowed) ? null : `the origin ${JSON.stringify(origin)} is not in allowedOrigins`
  return isTrusted(request, origin, allowed) ? null : `the origin ${JSON.stringify(origin)} is not in allowedOrigins`
}

/** Null when a socket may be opened from there; else why not. Programs send no Origin, and then need another credential than the cookie. */
export function foreignSocket (request: FastifyRequest, allowed: ReadonlySet<string>, viaCookie: boolean): string | null {
  const { origin } = request.headers
  if (origin === undefined) return viaCookie ? 'a socket with the cookie needs an Origin header' : null
  return isTrusted(request, origin, allowed) ? null : `the origin ${JSON.stringify(origin)} is not in allowedOrigins`
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

export function isUnsafe (request: FastifyRequest): boolean {
  return !SAFE_METHODS.has(request.method)
}
