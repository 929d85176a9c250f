/** better-auth, as its page about Fastify says: `getSession` at each request; from PostgreSQL, from its signed cookie, from Redis. */
import { betterAuth, type BetterAuthOptions } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { fromNodeHeaders } from 'better-auth/node'
import Fastify from 'fastify'
import { Redis } from 'ioredis'
import pg from 'pg'
import { SECRET, type BuildSubject, type Greeting, type Surroundings } from '../subject.ts'

/** Its cookie cache counts for 300 s by default; here it outlasts the bench. In s. */
const COOKIE_CACHE_S = 3_600
/** What is left in Redis goes by itself. In s. */
const REDIS_TTL_S = 3_600

export const betterAuthDatabase: BuildSubject = (surroundings) => build(surroundings, {})

export const betterAuthCookieCache: BuildSubject = (surroundings) =>
  build(surroundings, { session: { cookieCache: { enabled: true, maxAge: COOKIE_CACHE_S } } })

export const betterAuthRedis: BuildSubject = async (surroundings) => {
  const redis = new Redis(surroundings.redis, { keyPrefix: surroundings.redisPrefix })
  const subject = await build(surroundings, {
    secondaryStorage: {
      get: (key) => redis.get(key),
      set: async (key, value, ttl) => { await redis.set(key, value, 'EX', Math.min(ttl ?? REDIS_TTL_S, REDIS_TTL_S)) },
      delete: async (key) => { await redis.del(key) }
    }
  })
  return {
    ...subject,
    close: async () => {
      await subject.close?.()
      redis.disconnect()
    }
  }
}

async function build ({ postgres }: Surroundings, more: Partial<BetterAuthOptions>): ReturnType<BuildSubject> {
  const pool = new pg.Pool({ connectionString: postgres, max: 10 })
  const options: BetterAuthOptions = {
    database: pool,
    baseURL: 'http://127.0.0.1',
    secret: SECRET,
    // Passwords are not what is measured.
    emailAndPassword: { enabled: true, password: { hash: async (password) => password, verify: async ({ hash, password }) => hash === password } },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    ...more
  }
  await (await getMigrations(options)).runMigrations()
  const auth = betterAuth(options)
  const app = Fastify()
  app.get('/', async (request, reply): Promise<Greeting> => {
    const session = await auth.api.getSession({ headers: fromNodeHeaders(request.headers) })
    return session === null ? reply.code(401).send() : { user: session.user.name }
  })
  return {
    app,
    signIn: async (_address, names) => {
      const lines: string[] = []
      for (const name of names) {
        const response = await auth.api.signUpEmail({ body: { email: `${name}@example.com`, password: 'correct horse battery staple', name }, asResponse: true })
        lines.push(`Cookie: ${response.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ')}`)
      }
      return lines
    },
    close: async () => { await pool.end() }
  }
}
