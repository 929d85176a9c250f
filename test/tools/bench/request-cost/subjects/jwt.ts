/** @fastify/jwt, HS256: the signature is checked at each request, and nothing can be revoked. */
import { randomUUID } from 'node:crypto'
import jwt from '@fastify/jwt'
import Fastify from 'fastify'
import { SECRET, type BuildSubject, type Greeting } from '../subject.ts'

const DAY_S = 86_400

export const fastifyJwt: BuildSubject = async () => {
  const app = Fastify()
  await app.register(jwt, {
    secret: SECRET,
    sign: { algorithm: 'HS256', iss: 'bench', aud: 'bench', expiresIn: 30 * DAY_S * 1_000 },
    verify: { algorithms: ['HS256'], allowedIss: 'bench', allowedAud: 'bench' }
  })
  app.get('/', { onRequest: (request) => request.jwtVerify() }, async (request): Promise<Greeting> => ({ user: (request.user as { sub: string }).sub }))
  return {
    app,
    // The claims of the plugin's own tokens.
    signIn: async (_address, names) => names.map((sub) => `Authorization: Bearer ${app.jwt.sign({ sub, session_id: randomUUID() })}`)
  }
}
