/** An app with a MikroORM of its own that lists our entities: its generator writes SQL that runs and leaves our tables alone, nothing is left to change, and the plugin works through it. */
import assert from 'node:assert/strict'
import { defineEntity, p } from '@mikro-orm/core'
import { MikroORM } from '@mikro-orm/postgresql'
import Fastify from 'fastify'
import liveSessions, { liveSessionEntities, requireSession } from 'fastify-live-sessions'
import { signIn, startTestDatabase } from 'fastify-live-sessions/testing'

const Book = defineEntity({ name: 'Book', tableName: 'book', properties: { id: p.integer().primary(), title: p.text() } })

const database = await startTestDatabase()
const orm = await MikroORM.init({
  clientUrl: database.options.url,
  pool: database.options.pool,
  entities: [Book, ...liveSessionEntities],
  discovery: { disableDynamicFileAccess: true }
})
const changes = async (options) => (await orm.schema.getUpdateSchemaSQL({ wrap: false, ...options })).trim()

assert.match(await changes(), /^create table "book"/)
assert.doesNotMatch(await orm.schema.getCreateSchemaSQL(), /live_session|\[object/)
assert.doesNotMatch(await orm.schema.getCreateSchemaSQL({ schema: 'public' }), /\[object/)
await orm.schema.updateSchema()

const app = Fastify({ pluginTimeout: 120_000 })
await app.register(liveSessions, { secret: 'only for this test, and longer than 32 bytes', database: orm })
app.get('/books', { onRequest: requireSession }, async () => await orm.em.fork().find(Book, {}))
const [phone, laptop] = [await signIn(app, 'ada'), await signIn(app, 'ada')]
assert.equal(await changes(), '')
assert.equal(await changes({ schema: 'public' }), '')
await orm.em.fork().insert(Book, { id: 1, title: 'Notes' })
assert.deepEqual((await app.inject({ url: '/books', headers: phone.headers })).json(), [{ id: 1, title: 'Notes' }])
assert.equal((await app.inject({ method: 'DELETE', url: `/api/sessions/${phone.session.id}`, headers: laptop.headers })).statusCode, 200)
assert.equal((await app.inject({ url: '/books', headers: phone.headers })).json().code, 'SESSION_REVOKED')
await app.close()
await orm.close()
await database.stop()
