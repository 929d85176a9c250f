/** The demo's page, and the published client and elements beside it, with headers that let nothing else in. */
import { basename, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { DEMO_ACCOUNTS, DEMO_PASSWORD } from './accounts.ts'

const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY'
}

export async function pages (
  app: FastifyInstance,
  { apiPrefix, openLogin }: { apiPrefix: string, openLogin: boolean }
): Promise<void> {
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(SECURITY_HEADERS)
  })

  await app.register(fastifyStatic, {
    root: fileURLToPath(new URL('pages/', import.meta.url)),
    cacheControl: false,
    setHeaders: revalidate
  })
  // The client and the elements are published as modules that need no bundler; they find the protocol beside their own
  // folders.
  const client = resolved('fastify-live-sessions/client')
  await app.register(fastifyStatic, {
    root: dirname(client),
    prefix: '/client/',
    index: false,
    decorateReply: false,
    cacheControl: false,
    allowedPath: isModule,
    setHeaders: revalidate
  })
  const panel = resolved('fastify-live-sessions/panel')
  await app.register(fastifyStatic, {
    root: dirname(panel),
    prefix: '/panel/',
    index: false,
    decorateReply: false,
    cacheControl: false,
    allowedPath: isModule,
    setHeaders: revalidate
  })
  const protocol = resolved('fastify-live-sessions/protocol')
  app.get(
    `/${basename(protocol)}`,
    (_request, reply) => reply.header('cache-control', 'no-cache').sendFile(basename(protocol), dirname(protocol))
  )

  // What the page shows before anybody is signed in. The password is no secret here: the README prints it.
  app.get('/demo.json', { logLevel: 'warn' }, async (_request, reply) => {
    reply.header('cache-control', 'no-cache')
    return { prefix: apiPrefix, openLogin, password: DEMO_PASSWORD, accounts: DEMO_ACCOUNTS.map(({ email }) => email) }
  })
}

/** A page that is open in the browser asks whether it is still the newest. */
function revalidate (reply: { header: (name: string, value: string) => unknown }): void {
  reply.header('cache-control', 'no-cache')
}

function isModule (path: string): boolean {
  return path.endsWith('.js')
}

function resolved (specifier: string): string {
  return fileURLToPath(import.meta.resolve(specifier))
}
