import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signIn, startTestDatabase } from 'fastify-live-sessions/testing'
import { buildApp } from './app.js'

test('an ended session opens nothing', async (t) => {
  const database = await startTestDatabase()
  const app = await buildApp(database.options)
  t.after(async () => { await app.close().then(database.stop) })
  const [phone, laptop] = [await signIn(app, 7, { claims: { plan: 'pro' } }), await signIn(app, 7, { claims: { plan: 'pro' } })]

  const devices = await app.inject({ url: '/devices', headers: laptop.headers })
  assert.equal(devices.json().length, 2)
  const ended = await app.inject({ method: 'DELETE', url: `/api/sessions/${phone.session.id}`, headers: laptop.cookieHeaders })
  assert.equal(ended.statusCode, 200)
  assert.equal((await app.inject({ url: '/me', headers: phone.headers })).statusCode, 401)
  assert.deepEqual((await app.inject({ url: '/me', headers: laptop.headers })).json(), { user: '7', plan: 'pro' })
})
