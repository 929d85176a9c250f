/** @fastify/session with connect-redis: the session is read from Redis at each request, and touched. */
import { createRequire } from 'node:module'
import cookie from '@fastify/cookie'
import { RedisStore } from 'connect-redis'
import Fastify, { type FastifyPluginCallback, type FastifyRequest } from 'fastify'
import { createClient } from 'redis'
import { SECRET, type BuildSubject, type Greeting } from '../subject.ts'

interface SessionOptions {
  secret: string
  store: unknown
  saveUninitialized: boolean
  cookie: { secure: boolean, maxAge: number }
}

// Not imported: its types give `request.session` to every app that sees them, as ours do.
const session = createRequire(import.meta.url)('@fastify/session') as FastifyPluginCallback<SessionOptions>

/** In ms. */
const MAX_AGE = 3_600_000

const sessionOf = (request: FastifyRequest): { user?: string } => request.session as unknown as { user?: string }

export const fastifySession: BuildSubject = async ({ redis, redisPrefix }) => {
  const client = createClient({ url: redis })
  await client.connect()
  const app = Fastify()
  await app.register(cookie)
  await app.register(session, {
    secret: SECRET,
    store: new RedisStore({ client, prefix: redisPrefix }),
    saveUninitialized: false,
    cookie: { secure: false, maxAge: MAX_AGE }
  })
  app.post('/login', async (request) => {
    sessionOf(request).user = (request.body as { user: string }).user
    return {}
  })
  app.get('/', async (request, reply): Promise<Greeting> => {
    const { user } = sessionOf(request)
    return user === undefined ? reply.code(401).send() : { user }
  })
  return {
    app,
    signIn: async (address, names, client) => {
      const lines: string[] = []
      for (const user of names) lines.push(`Cookie: ${(await client.post(`${address}/login`, { user })).cookies[0]}`)
      return lines
    },
    close: async () => { await client.close() }
  }
}
