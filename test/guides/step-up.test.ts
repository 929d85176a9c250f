/** The guide on step-up: its app asks for a passkey, and its page asks the person and tries again. */
import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { signIn } from '../../src/testing/sign-in.ts'
import { SECRET } from '../helpers/app.ts'
import { createDatabase } from '../helpers/database.ts'
import { writeExample } from './examples.ts'

interface Passkeys { verify: (userId: string, answer: { signature: string }, challenge: string) => Promise<boolean> }
interface AppExample { buildApp: (options: { database: unknown, secret: string, passkeys: Passkeys }) => Promise<FastifyInstance> }
interface PageExample { withStepUp: (send: () => Promise<Response>, getAssertion: (challenge: string) => Promise<unknown>) => Promise<Response> }

t.test('an old login pays out after a passkey only, and each challenge is for one session and one use', async (t) => {
  const { buildApp } = await import(pathToFileURL(join(writeExample(t, 'step-up', 'passkey'), 'app.js')).href) as AppExample
  const { withStepUp } = await import(pathToFileURL(join(writeExample(t, 'step-up', 'page'), 'page.js')).href) as PageExample
  const keys = generateKeyPairSync('ed25519')
  const database = await createDatabase(t)
  const app = await buildApp({
    database: { url: database.url, pool: { min: 0, max: 3 } },
    secret: SECRET,
    passkeys: { verify: async (userId, { signature }, challenge) => verify(null, Buffer.from(`${userId} ${challenge}`), keys.publicKey, Buffer.from(signature, 'base64url')) }
  })
  t.teardown(async () => { await app.close() })
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  const [ada, elsewhere] = [await signIn(app, 'ada'), await signIn(app, 'ada')]
  const post = async (path: string, { headers }: { headers: Record<string, string> }, body?: unknown): Promise<Response> => await fetch(address + path, {
    method: 'POST', headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, ...(body === undefined ? {} : { body: JSON.stringify(body) })
  })
  const assertion = (challenge: string): { signature: string } => ({ signature: sign(null, Buffer.from(`ada ${challenge}`), keys.privateKey).toString('base64url') })

  t.equal((await post('/payout', ada)).status, 200, 'a fresh login is a proof')
  await database.query("update live_session set authenticated_at = now() - interval '6 minutes'")
  t.equal((await post('/payout', ada)).status, 403)

  const { challenge } = await (await post('/passkey/challenge', ada)).json() as { challenge: string }
  t.equal((await post('/passkey/answer', elsewhere, assertion(challenge))).status, 401, 'of another session')
  t.equal((await post('/passkey/answer', ada, assertion('guessed'))).status, 401)
  t.equal((await post('/passkey/answer', ada, assertion(challenge))).status, 401, 'a challenge that was answered wrongly is gone')
  t.equal((await post('/payout', ada)).status, 403)

  const { fetch: original } = globalThis
  t.teardown(() => { globalThis.fetch = original })
  globalThis.fetch = async (path, init) => await original(address + String(path), { ...init, headers: { ...init?.headers, ...ada.headers } })
  const paid = await withStepUp(async () => await fetch('/payout', { method: 'POST' }), async (given) => assertion(given))
  t.same([paid.status, await paid.json()], [200, { paidTo: 'ada' }])
  globalThis.fetch = original
  t.equal((await post('/payout', elsewhere)).status, 403, 'the proof is the session\'s, not the user\'s')
})
