/** An app in JavaScript beside the plugins that apps have, with a document of its routes. */
const assert = require('node:assert/strict')

exports.run = async function run ({ Fastify, liveSessions, requireSession, signIn, startTestDatabase, DEVICE_TYPES }) {
  assert.ok(DEVICE_TYPES.includes('desktop'))
  const database = await startTestDatabase()
  const app = Fastify({ pluginTimeout: 120_000 })
  for (const [name, options] of Object.entries({ swagger: { openapi: {} }, 'swagger-ui': {}, cookie: {}, jwt: { secret: 'the app\'s own' }, websocket: {}, cors: {}, helmet: {}, 'rate-limit': {}, compress: {}, multipart: {} })) {
    app.register(require(`@fastify/${name}`), options)
  }
  app.register(liveSessions, { secret: 'only for this test, and longer than 32 bytes', database: database.options, login: { verify: () => null }, admin: { authorize: () => false } })
  app.get('/me', { onRequest: requireSession }, async (request) => request.session)
  await app.ready()

  const document = await app.inject('/documentation/json')
  assert.equal(document.statusCode, 200, document.body)
  const { paths, components } = document.json()
  for (const scheme of paths['/api/sessions/{id}'].delete.security.flatMap(Object.keys)) assert.ok(components.securitySchemes[scheme])

  const [phone, laptop] = [await signIn(app, 'ada'), await signIn(app, 'ada')]
  assert.equal((await app.inject({ method: 'DELETE', url: `/api/sessions/${phone.session.id}`, headers: laptop.headers })).statusCode, 200)
  assert.equal((await app.inject({ url: '/me', headers: phone.headers })).json().code, 'SESSION_REVOKED')
  assert.equal((await app.inject({ url: '/me', headers: laptop.cookieHeaders })).json().id, laptop.session.id)
  await app.close()
  await database.stop()
}
