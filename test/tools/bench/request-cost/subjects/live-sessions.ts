/** This plugin: with a token in the header, in the cookie, and without its memory. */
import Fastify from 'fastify'
import liveSessions, { requireSession } from '../../../../../plugins/index.ts'
import { SECRET, type BuildSubject, type Greeting } from '../subject.ts'

const PASSWORD = 'bench'

export const bearer: BuildSubject = (surroundings) => build(surroundings, 'bearer')
export const cookie: BuildSubject = (surroundings) => build(surroundings, 'cookie')
export const uncached: BuildSubject = (surroundings) => build(surroundings, 'bearer', 0)

async function build ({ postgres, redis, redisPrefix }: Parameters<BuildSubject>[0], transport: 'bearer' | 'cookie', maxSessions?: number): ReturnType<BuildSubject> {
  const app = Fastify()
  await app.register(liveSessions, {
    secret: SECRET,
    database: postgres,
    redis,
    redisPrefix,
    login: { verify: ({ body }) => body.password === PASSWORD ? { id: body.email } : null },
    ...(maxSessions === undefined ? {} : { cache: { maxSessions } })
  })
  app.get('/', { onRequest: requireSession }, async (request): Promise<Greeting> => ({ user: request.session?.userId ?? '' }))
  return {
    app,
    signIn: async (address, names, client) => {
      const lines: string[] = []
      for (const email of names) {
        const { body, cookies } = await client.post(`${address}/api/auth/login`, { email, password: PASSWORD, transport })
        lines.push(transport === 'bearer' ? `Authorization: Bearer ${(JSON.parse(body) as { token: string }).token}` : `Cookie: ${cookies.join('; ')}`)
      }
      return lines
    }
  }
}
