/**
 * The session cookie's options: safe as they are, and pairs that browsers drop, or that would be unsafe, are refused at
 * start.
 */
import { OptionInvalid } from '../errors.ts'
import { checkBoolean, checkOneOf, readGroup } from './values.ts'

export const SAME_SITE = ['lax', 'strict', 'none'] as const

export interface CookieOptions {
  /**
   * @default `__Host-session` where `secure` is true and neither `domain` nor another `path` is given;
   * `__Secure-session` where one is; else `session`. Outside production six characters follow (`session-1a2b3c`), which
   * differ between the apps of a host: ports share cookies
   */
  name?: string
  /** Whether the cookie needs TLS. @default true in production, else false */
  secure?: boolean
  /**
   * Which requests from other sites carry it. `'none'` is for pages on another site (list them in `allowedOrigins`) and
   * needs `secure`.
   * @default 'lax'
   */
  sameSite?: typeof SAME_SITE[number]
  /** A domain whose subdomains all get the cookie, and could set it: `'example.com'`. @default none: this host alone */
  domain?: string
  /** The path below which browsers send it, as they see it. @default '/' */
  path?: string
  /** A jar of its own for each site that embeds the page (CHIPS); needs `secure`. @default false */
  partitioned?: boolean
}

export interface ResolvedCookie extends Required<Omit<CookieOptions, 'domain'>> {
  domain?: string
}

const NAMES = ['name', 'secure', 'sameSite', 'domain', 'path', 'partitioned']
const NAME = /^[\w!#$%&'*+\-.^`|~]+$/
const DOMAIN = /^(?=.{3,253}$)(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z](?:[a-z\d-]{0,61}[a-z\d])$/i
/** Visible ASCII without the semicolon, which would begin another attribute. */
const PATH = /^\/[!-:<-~]*$/

/** `tag`: what tells this app from others on its host. */
export function resolveCookie (
  cookie: CookieOptions | null | undefined,
  { production, tag }: { production: boolean, tag: string }
): ResolvedCookie {
  const given = readGroup('cookie', cookie, NAMES) ?? {}
  const { secure = production, sameSite = 'lax', path = '/', partitioned = false, domain } = given
  const { name = `${defaultName(secure, path, domain)}${production ? '' : `-${tag}`}` } = given
  checkBoolean('cookie.secure', secure)
  checkOneOf('cookie.sameSite', sameSite, SAME_SITE)
  checkBoolean('cookie.partitioned', partitioned)
  if (typeof path !== 'string' || !PATH.test(path)) {
    throw new OptionInvalid('cookie.path', 'must be a path like "/" or "/app"')
  }
  if (domain !== undefined && (typeof domain !== 'string' || !DOMAIN.test(domain))) {
    throw new OptionInvalid(
      'cookie.domain',
      'must be a domain like "example.com", without protocol, port or leading dot'
    )
  }
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw new OptionInvalid('cookie.name', 'has characters that a cookie name can not have')
  }
  const resolved = { name, secure, sameSite, path, partitioned, ...(domain === undefined ? {} : { domain }) }
  checkPairs(resolved)
  return resolved
}

function defaultName (secure: boolean, path: string, domain: string | undefined): string {
  if (!secure) return 'session'
  return domain === undefined && path === '/' ? '__Host-session' : '__Secure-session'
}

/** Browsers would drop such a cookie without a word: nobody could sign in. They read the prefixes in any letters. */
function checkPairs ({ name, secure, sameSite, domain, path, partitioned }: ResolvedCookie): void {
  if (name.startsWith('__') && !secure) {
    throw new OptionInvalid('cookie.name', 'starts with a prefix (__Host-, __Secure-) that needs cookie.secure')
  }
  if (/^__Host/i.test(name)) {
    if (domain !== undefined) {
      throw new OptionInvalid(
        'cookie.domain',
        'can not be given with a name that starts with __Host-; choose a name that starts with __Secure-'
      )
    }
    if (path !== '/') {
      throw new OptionInvalid(
        'cookie.path',
        'must be "/" with a name that starts with __Host-; choose a name that starts with __Secure-'
      )
    }
  }
  if (sameSite === 'none' && !secure) {
    throw new OptionInvalid('cookie.sameSite', 'can be "none" only with cookie.secure: browsers drop it otherwise')
  }
  if (partitioned && !secure) {
    throw new OptionInvalid('cookie.partitioned', 'can be true only with cookie.secure: browsers drop it otherwise')
  }
}

/** Whether browsers send a cookie of this path to everything below the other one (RFC 6265, 5.1.4). */
export function isSentBelow (path: string, below: string): boolean {
  return below === path || below.startsWith(path.endsWith('/') ? path : `${path}/`)
}
