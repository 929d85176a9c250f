/** @fastify/cookie's own functions, which work without registering it: so the app may, or may not. */
import fastifyCookie from '@fastify/cookie'

type CookieFunctions =
  Pick<typeof import('@fastify/cookie').fastifyCookie & import('@fastify/cookie').FastifyCookie, 'parse' | 'serialize'>

const functions = fastifyCookie as unknown as CookieFunctions
// Typed by name: what is inferred names a namespace of @fastify/cookie, which bundlers' resolution does not find.
export const parseCookies: CookieFunctions['parse'] = functions.parse
export const serializeCookie: CookieFunctions['serialize'] = functions.serialize

/** A header has more than one cookie of the name. */
export const SEVERAL = Symbol('several cookies')

/**
 * The value of the only cookie of this name; null without one, and `SEVERAL` for more: browsers send one for each
 * domain and path that fits, and the app can't tell whose is whose.
 */
export function soleCookie (header: string | undefined, name: string): string | null | typeof SEVERAL {
  if (header === undefined) return null
  let sole: string | null = null
  // On each request's way: as browsers write them, the device's beside the session's. Whatever is written in another
  // way is read as parse reads it.
  for (let at = header.indexOf(name); at !== -1; at = header.indexOf(name, at + name.length)) {
    const next = header[at + name.length]
    const isUsual = (next === '=' || next === '-') && (at === 0 || header.startsWith('; ', at - 2))
    if (!isUsual) return parsedSole(header, name)
    if (next === '-') continue
    if (sole !== null) return SEVERAL
    const end = header.indexOf(';', at)
    sole = header.slice(at + name.length + 1, end === -1 ? undefined : end)
    if (sole.includes('%') || sole.startsWith('"') || sole.trim() !== sole) return parsedSole(header, name)
  }
  return sole
}

function parsedSole (header: string, name: string): string | null | typeof SEVERAL {
  const [value, ...others] = cookieValues(header, name)
  return others.length > 0 ? SEVERAL : value ?? null
}

/**
 * The values of this name, in the order in which the browser sent them: each is read by parse, which takes blanks
 * around a name.
 */
export function cookieValues (header: string | undefined, name: string): string[] {
  if (header === undefined || !header.includes(name)) return []
  const values = header.split(';').filter((pair) => pair.includes(name)).map((pair) => parseCookies(pair)[name])
  return values.filter((value) => value !== undefined)
}
