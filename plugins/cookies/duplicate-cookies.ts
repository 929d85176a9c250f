/**
 * Cookies of the session's name that lie beside the own one: another host of the domain planted them, or an older
 * configuration left them. Browsers send all of them, so that nobody is signed in any more, and only show their values:
 * they are expired in every scope that they may have.
 */
import { isIP } from 'node:net'
import type { FastifyReply } from 'fastify'
import type { ResolvedCookie } from '../../src/options/cookie.ts'
import { serializeCookie, soleCookie } from './cookie-header.ts'

export interface DuplicateCookies {
  /**
   * This request brought several: those whose scope holds it are expired. Never the own one, which may be a
   * newer login's.
   */
  expireReceived: (reply: FastifyReply) => void
  /**
   * To be called by a login before it sets its own cookie: when the request brought any, it may be another one, which
   * would lie beside.
   */
  expireOthers: (reply: FastifyReply) => void
}

/** By what browsers tell cookies of one name apart. */
interface CookieScope {
  path: string
  domain?: string
  partitioned?: boolean
}

/** Of a host's names above each other, and of a path. */
const MAX_DOMAINS = 4
const MAX_PARTS = 4
/** Many proxies take no more than 4 KB of headers, and the token has to go with them. */
const MAX_CHARACTERS = 3_000
const SET_COOKIE = 'set-cookie: \r\n'
/** Visible ASCII but for the semicolon, which would begin another attribute. */
const PART = /^[!-:<-~]+$/

/** `routesPath`: below which our routes are. */
export function createDuplicateCookies (cookie: ResolvedCookie, routesPath: string): DuplicateCookies {
  const { name, secure, sameSite, path, domain, partitioned } = cookie
  const own: CookieScope = { path, partitioned, ...(domain === undefined ? {} : { domain: domain.toLowerCase() }) }
  // Nobody but this host can set such a one, and with one path only: but a jar of partitions is another.
  const alone = /^__host-/i.test(name)
  const attributes = { maxAge: 0, ...(secure ? { secure } : {}), ...(sameSite === 'none' ? { sameSite } : {}) }

  function expire (reply: FastifyReply, scopes: readonly CookieScope[]): void {
    let characters = 0
    for (const { path, domain, partitioned = false } of scopes) {
      if (path === own.path && domain === own.domain && partitioned === own.partitioned) continue
      const line = serializeCookie(name, '', {
        ...attributes,
        path,
        ...(domain === undefined ? {} : { domain }),
        ...(partitioned ? { partitioned } : {})
      })
      characters += line.length + SET_COOKIE.length
      if (characters > MAX_CHARACTERS) return
      const set: unknown = reply.getHeader('set-cookie')
      if (!(Array.isArray(set) && set.includes(line))) void reply.header('set-cookie', line)
    }
  }

  return {
    expireReceived (reply) {
      const { hostname, url } = reply.request
      // Of a page that says nothing of caches one could keep these lines for others; what the app says later takes this
      // one's place.
      if (!reply.hasHeader('cache-control')) void reply.header('cache-control', 'no-store')
      const scopes: CookieScope[] = alone ? [] : scopesOf(hostname, pathsAbove(url))
      // Other hosts of the domain can set partitioned ones, too, where there is TLS.
      const ofDomains = secure ? scopes.filter(({ domain }) => domain !== undefined) : []
      expire(reply, [
        { ...own, partitioned: false },
        ...(secure ? [{ ...own, partitioned: true }] : []),
        ...scopes,
        ...ofDomains.map((scope) => ({ ...scope, partitioned: true }))
      ])
    },

    expireOthers (reply) {
      const { hostname, url, headers } = reply.request
      if (soleCookie(headers.cookie, name) === null) return
      const routes = [routesPath, `${routesPath}/sessions`].flatMap((path) => [path, `${path}/`])
      const below = routes.filter((path) => PART.test(path))
      const paths = new Set([...pathsAbove(url), ...pathsAbove(routesPath), ...below])
      expire(reply, [{ ...own, partitioned: false }, ...(alone ? [] : scopesOf(hostname, [...paths]))])
    }
  }
}

function scopesOf (hostname: string, paths: readonly string[]): CookieScope[] {
  const domains = domainsAbove(hostname)
  return paths.flatMap((path) => [{ path }, ...domains.map((domain) => ({ path, domain }))])
}

/**
 * The host's own name and those above it, but for the last, which nobody can set cookies for; the topmost are where
 * others are.
 */
function domainsAbove (hostname: string): string[] {
  if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0 || !/^[\w.-]+$/.test(hostname)) return []
  const labels = hostname.toLowerCase().split('.')
  const [host, ...above] = labels.slice(0, -1).map((_, index) => labels.slice(index).join('.'))
  return host === undefined ? [] : [host, ...above.slice(1 - MAX_DOMAINS)]
}

/** Each path whose cookies come with a request of this URL, with and without the slash at its end. */
function pathsAbove (url: string): string[] {
  const paths = ['/']
  const [, ...parts] = (url.split('?', 1)[0] ?? '').split('/')
  let path = ''
  for (const [index, part] of parts.slice(0, MAX_PARTS).entries()) {
    path += `/${part}`
    if (!PART.test(part)) break
    paths.push(path)
    if (index < parts.length - 1) paths.push(`${path}/`)
  }
  return paths
}
