/** An app may use @fastify/jwt itself, with its own secret and without a namespace, wherever it registers it. */
import fastifyJwt from '@fastify/jwt'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { buildApp } from '../helpers/app.ts'
import { ask, logIn } from '../helpers/device.ts'
import { place, PLACEMENTS } from '../helpers/placements.ts'

async function useJwt (scope: FastifyInstance): Promise<void> {
  await scope.register(fastifyJwt, { secret: 'the app\'s own secret, for tokens of its own' })
  scope.post('/own/token', async (_request, reply) => ({ token: await reply.jwtSign({ name: 'a machine' }) }))
  scope.get('/own/protected', { onRequest: async (request) => { await request.jwtVerify() } }, async (request) => request.user)
}

for (const placement of PLACEMENTS) {
  t.test(`our tokens work with the app's @fastify/jwt registered ${placement}, and neither opens what the other guards`, async (t) => {
    const { address } = await buildApp(t, place(placement, useJwt))
    const device = await logIn(address)
    t.equal((await device.ask('GET', '/api/sessions')).status, 200)

    if (placement !== 'not at all') {
      const { body: { token } } = await ask<{ token: string }>(address, 'POST', '/own/token')
      t.match(await ask(address, 'GET', '/own/protected', { token }), { status: 200, body: { name: 'a machine' } })
      t.equal((await device.ask('GET', '/own/protected')).status, 401)
      t.match(await ask(address, 'GET', '/api/sessions', { token }), { status: 401, body: { code: 'SESSION_TOKEN_INVALID' } })
    }

    const socket = await device.connect()
    t.match(await device.ask('POST', '/api/auth/logout'), { status: 200, body: { count: 1 } })
    t.match(await socket.next('logout'), { reason: 'logout' })
    t.match(await socket.closed, { code: 4401 })
  })
}
