/** The naive way, which is certain too: at each request one indexed `findOne`, and one `nativeUpdate` of the last activity. */
import { randomUUID } from 'node:crypto'
import { defineEntity, MikroORM, p, type InferEntity } from '@mikro-orm/postgresql'
import Fastify, { type FastifyRequest } from 'fastify'
import type { BuildSubject, Greeting } from '../subject.ts'

const NaiveSession = defineEntity({
  name: 'NaiveSession',
  tableName: 'naive_session',
  properties: {
    id: p.uuid().primary(),
    token: p.text().unique(),
    userId: p.text(),
    revokedAt: p.datetime().nullable(),
    lastActivityAt: p.datetime()
  }
})
type NaiveSession = InferEntity<typeof NaiveSession>

interface KnownRequest extends FastifyRequest {
  naiveSession: NaiveSession | null
}

export const naive: BuildSubject = async ({ postgres }) => {
  const orm = await MikroORM.init({ clientUrl: postgres, entities: [NaiveSession], discovery: { disableDynamicFileAccess: true }, pool: { min: 0, max: 10 }, logger: () => {} })
  await orm.schema.createSchema()
  const app = Fastify()
  app.decorateRequest('naiveSession', null)
  app.addHook('onRequest', async (request, reply) => {
    const token = request.headers.authorization?.slice('Bearer '.length) ?? ''
    const em = orm.em.fork()
    const session = await em.findOne(NaiveSession, { token })
    if (session === null || session.revokedAt !== null) return reply.code(401).send()
    await em.nativeUpdate(NaiveSession, { id: session.id }, { lastActivityAt: new Date() });
    (request as KnownRequest).naiveSession = session
  })
  app.get('/', async (request): Promise<Greeting> => ({ user: (request as KnownRequest).naiveSession?.userId ?? '' }))
  return {
    app,
    signIn: async (_address, names) => {
      const sessions = names.map((userId) => ({ id: randomUUID(), token: randomUUID() + randomUUID(), userId, revokedAt: null, lastActivityAt: new Date() }))
      await orm.em.fork().insertMany(NaiveSession, sessions)
      return sessions.map(({ token }) => `Authorization: Bearer ${token}`)
    },
    close: async () => { await orm.close(true) }
  }
}
