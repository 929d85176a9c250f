/** @fastify/cookie's own functions, which work without registering it: so the app may, or may not. */
import fastifyCookie from '@fastify/cookie'

type CookieFunctions = Pick<typeof import('@fastify/cookie').fastifyCookie & import('@fastify/cookie').FastifyCookie, 'parse' | 'serialize'>

export const { parse: parseCookies, serialize: serializeCookie } = fastifyCookie as unknown as CookieFunctions
