/** An app whose routes are checked and typed by zod, set at the root: the guard narrows there, too, and our routes keep their own checks. On DATABASE_URL. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import Fastify from 'fastify'
import liveSessions, { requireSession } from 'fastify-live-sessions'
import { signIn } from 'fastify-live-sessions/testing'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'

test('zod checks the app\'s routes, and nothing of it reaches ours', async (t) => {
  const { DATABASE_URL: url } = process.env
  assert.ok(url, 'DATABASE_URL is missing: an empty database')
  const app = Fastify({ pluginTimeout: 120_000 }).withTypeProvider<ZodTypeProvider>()
  t.after(async () => { await app.close() })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  await app.register(liveSessions, { secret: 'only for this test, and longer than 32 bytes', database: { url }, login: { verify: () => null } })
  const schema = { body: z.object({ text: z.string().min(1) }), response: { 200: z.object({ by: z.string(), text: z.string() }) } }
  app.post('/notes', { onRequest: requireSession, schema }, async (request) => ({ by: request.session.userId, text: request.body.text.toUpperCase() }))

  const { headers, session } = await signIn(app, 7, { claims: { plan: 'pro' } })
  const write = async (payload: object) => await app.inject({ method: 'POST', url: '/notes', headers, payload })
  assert.deepEqual((await write({ text: 'milk' })).json(), { by: '7', text: 'MILK' })
  assert.equal((await write({ text: '' })).statusCode, 400)
  assert.equal((await app.inject({ method: 'POST', url: '/api/auth/login', payload: { email: 'ada@example.com' } })).statusCode, 400)
  assert.equal((await app.inject({ method: 'DELETE', url: `/api/sessions/${session.id}`, headers })).json().count, 1)
  assert.equal((await write({ text: 'milk' })).json().code, 'SESSION_REVOKED')
})
