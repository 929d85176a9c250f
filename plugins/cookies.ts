/** @fastify/cookie's own functions, which work without registering it: so the app may, or may not. */
import fastifyCookie from '@fastify/cookie'

type CookieFunctions = Pick<typeof import('@fastify/cookie').fastifyCookie & import('@fastify/cookie').FastifyCookie, 'parse' | 'serialize'>

export const { parse: parseCookies, serialize: serializeCookie } = fastifyCookie as unknown as CookieFunctions

/** How many cookies of this name a header has: browsers send one for each domain and path that fits, and the app can't tell whose is whose. */
export function countCookies (header: string | undefined, name: string): number {
  if (header === undefined) return 0
  const first = header.indexOf(name)
  // The usual case on each request's way: it is there once, as browsers write it.
  const plain = header.startsWith('=', first + name.length) && (first === 0 || header.startsWith('; ', first - 2))
  if (first !== -1 && plain && !header.includes(name, first + 1)) return 1
  return cookieValues(header, name).length
}

/** The values of this name, in the order in which the browser sent them: each is read by parse, which takes blanks around a name. */
export function cookieValues (header: string | undefined, name: string): string[] {
  if (header === undefined || !header.includes(name)) return []
  return header.split(';').filter((pair) => pair.includes(name)).map((pair) => parseCookies(pair)[name]).filter((value) => value !== undefined)
}
