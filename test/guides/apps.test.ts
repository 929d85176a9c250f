/** The guides whose examples are small apps: each does what its page says. */
import { once } from 'node:events'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import Fastify, { type FastifyInstance } from 'fastify'
import jwt from '@fastify/jwt'
import { createDatabase } from '../helpers/database.ts'
import { buildApp, SECRET } from '../helpers/app.ts'
import { logIn } from '../helpers/device.ts'
import { writeExample } from './examples.ts'

process.env['JWT_SECRET'] = SECRET
process.env['OLD_JWT_SECRET'] = 'the secret of the days before, long enough'

const findUser = async ({ email }: { email?: string }): Promise<{ id: string } | null> => email === 'ada@example.com' ? { id: 'ada' } : null
const ADA = { method: 'POST', url: '/login', payload: { email: 'ada@example.com' } } as const

async function start (t: Test, folder: string, argument: (database: { url: string }) => unknown): Promise<FastifyInstance> {
  const { url } = await createDatabase(t)
  const { buildApp } = await import(join(folder, 'app.js')) as { buildApp: (argument: unknown) => Promise<FastifyInstance> }
  const app = await buildApp(argument({ url }))
  t.teardown(async () => { await app.close() })
  return app
}

t.test('TypeScript: claims are typed, and there', async (t) => {
  const app = await start(t, writeExample(t, 'typescript', 'claims'), (database) => database)
  t.equal((await app.inject('/')).body, 'a stranger')
  const { token } = (await app.inject({ method: 'POST', url: '/api/auth/login', payload: { email: 'ada', password: 'tea' } })).json<{ token: string }>()
  const headers = { authorization: `Bearer ${token}` }
  t.equal((await app.inject({ url: '/plan', headers })).body, 'pro')
  t.equal((await app.inject({ url: '/notes/7', headers })).body, 'ada reads 7')
  t.equal((await app.inject('/plan')).statusCode, 401)
})

t.test('coming from @fastify/jwt: old tokens and new ones are let in, each by its own plugin', async (t) => {
  const app = await start(t, writeExample(t, 'coming-from-jwt', 'both'), (database) => ({ database, findUser }))
  const before = Fastify()
  await before.register(jwt, { secret: process.env['OLD_JWT_SECRET'] as string })
  const old = { authorization: `Bearer ${before.jwt.sign({ sub: 'ada' })}` }
  t.same((await app.inject({ url: '/me', headers: old })).json(), { userId: 'ada' })
  const { token } = (await app.inject(ADA)).json<{ token: string }>()
  const headers = { authorization: `Bearer ${token}` }
  t.same((await app.inject({ url: '/me', headers })).json(), { userId: 'ada' })
  await app.sessions.revokeUser('ada')
  t.equal((await app.inject({ url: '/me', headers })).statusCode, 401)
  t.equal((await app.inject('/me')).statusCode, 401)
  t.equal((await app.inject({ method: 'POST', url: '/login', payload: {} })).statusCode, 401)
})

t.test('coming from @fastify/session: a cookie that is set, is good, and is ended', async (t) => {
  const app = await start(t, writeExample(t, 'coming-from-session', 'cookie'), (database) => ({ database, findUser }))
  const answer = await app.inject({ ...ADA, headers: { 'sec-fetch-site': 'same-origin' } })
  const { name, value } = answer.cookies.find(({ name }) => !name.endsWith('-device')) as { name: string, value: string }
  const headers = { cookie: `${name}=${value}`, 'sec-fetch-site': 'same-origin' }
  t.same((await app.inject({ url: '/me', headers })).json(), { userId: 'ada' })
  const out = await app.inject({ method: 'POST', url: '/logout', headers })
  t.equal(out.statusCode, 200)
  t.equal(out.cookies.find((cookie) => cookie.name === name)?.value, '')
  t.equal((await app.inject({ url: '/me', headers })).statusCode, 401)
})

t.test('server-side rendering: the visitor, a stranger, and an API that can not say', async (t) => {
  const { address } = await buildApp(t, { options: { cookie: { name: 'session' } } })
  const { currentSession } = await import(join(writeExample(t, 'server-side-rendering', 'ask'), 'session.js')) as { currentSession: (api: string, headers: Headers) => Promise<{ id: string } | null> }
  const device = await logIn(address)
  const headers = new Headers({ cookie: `session=${device.token}` })
  t.equal((await currentSession(address, headers))?.id, device.id)
  t.equal(await currentSession(address, new Headers()), null)
  await device.ask('POST', '/api/auth/logout')
  t.equal(await currentSession(address, headers), null)
  await t.rejects(currentSession(`${address}/elsewhere`, headers), { message: /404/ })
})

t.test('native apps: an app that comes to the front hurries', async (t) => {
  const { address } = await buildApp(t)
  const device = await logIn(address)
  const { stayLive } = await import(join(writeExample(t, 'native-apps', 'expo'), 'live.js')) as { stayLive: (url: string, appState: object, options: object) => { close: () => void, state: string } }
  const { WebSocket } = await import('ws')
  let toFront: (state: string) => void = () => {}
  let listening = true
  const ended = new EventTarget()
  const logout = once(ended, 'logout')
  const live = stayLive(address, {
    addEventListener: (_type: string, listener: typeof toFront) => {
      toFront = listener
      return { remove: () => { listening = false } }
    }
  }, { token: device.token, WebSocket, onLogout: () => { ended.dispatchEvent(new Event('logout')) }, onStateChange: (state: string) => { ended.dispatchEvent(new Event(state)) } })
  t.teardown(() => { live.close() })
  await once(ended, 'open')
  toFront('background')
  toFront('active')
  t.equal(live.state, 'open')
  await device.ask('POST', '/api/auth/logout')
  await logout
  t.equal(listening, false)
})
