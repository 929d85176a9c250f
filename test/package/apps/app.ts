/** An app as one writes it in the first hour: own users, cookie login, a list of devices, a password change. */
import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto'
import Fastify from 'fastify'
import liveSessions, { requireSession, type LiveSessionsOptions, type WithSession } from 'fastify-live-sessions'

interface User { id: number, email: string, plan: 'free' | 'pro', salt: string, digest: Buffer }

declare module 'fastify-live-sessions' {
  interface SessionClaims { plan: User['plan'] }
  interface SessionUser { id: number }
}

const digestOf = (password: string, salt: string): Buffer => scryptSync(password, salt, 32)

export async function buildApp (database: NonNullable<LiveSessionsOptions['database']>) {
  const users = new Map<number, User>()

  function setPassword (user: Omit<User, 'salt' | 'digest'>, password: string): void {
    const salt = randomBytes(16).toString('hex')
    users.set(user.id, { ...user, salt, digest: digestOf(password, salt) })
  }
  setPassword({ id: 7, email: 'ada@example.com', plan: 'pro' }, 'correct horse')

  function matches (user: User | undefined, password: string): boolean {
    const digest = digestOf(password, user?.salt ?? 'nobody')
    return user !== undefined && timingSafeEqual(digest, user.digest)
  }

  const app = Fastify({ pluginTimeout: 120_000 })
  await app.register(liveSessions, {
    secret: 'only for this example, and longer than 32 bytes',
    database,
    maxSessions: ({ claims }) => claims.plan === 'pro' ? null : 3,
    login: {
      async verify ({ body }) {
        const user = [...users.values()].find(({ email }) => email === body.email)
        return matches(user, body.password) && user !== undefined ? { id: user.id, claims: { plan: user.plan } } : null
      }
    }
  })

  app.get('/me', { onRequest: requireSession }, async (request) => ({ user: request.session.userId, plan: request.session.claims.plan }))
  app.get('/devices', { onRequest: [requireSession] }, async ({ session }) => await app.sessions.list(session.userId, { currentId: session.id }))
  app.post<{ Body: { old: string, new: string } }, WithSession>('/password', { onRequest: requireSession }, async (request, reply) => {
    const user = users.get(Number(request.session.userId))
    if (user === undefined || !matches(user, request.body.old)) return await reply.code(403).send({ message: 'Wrong password' })
    setPassword(user, request.body.new)
    const { count } = await app.sessions.revokeOthers(request.session, { reason: 'password_changed' })
    return { signedOut: count }
  })
  return app
}
