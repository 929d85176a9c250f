/** What a start opens: one connection that looks and then renews, and nothing that stays when the start fails. */
import Fastify, { type FastifyInstance } from 'fastify'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import liveSessions, { type LiveSessionsOptions } from '../../plugins/index.ts'
import { SECRET } from '../helpers/app.ts'
import { createDatabase, createEmptyDatabase, type TestDatabase } from '../helpers/database.ts'
import { startLink, type Link } from '../helpers/link.ts'
import { until } from '../helpers/manual-clock.ts'
import { randomPrefix, redisUrl } from '../helpers/redis.ts'

/** The way to PostgreSQL over a link that counts connections. */
async function linkTo (t: Test, { url }: TestDatabase): Promise<{ link: Link, url: string }> {
  const to = new URL(url)
  const link = await startLink(t, Number(to.port || 5432))
  return { link, url: Object.assign(to, { hostname: '127.0.0.1', port: String(link.port) }).href }
}

async function openedBy ({ query }: TestDatabase): Promise<Array<{ pid: number, name: string }>> {
  return await query("select pid, application_name as name from pg_stat_activity where datname = current_database() and application_name like 'live-sessions%' order by pid")
}

async function start (app: FastifyInstance, options: Partial<LiveSessionsOptions>): Promise<void> {
  await app.register(liveSessions, { secret: SECRET, ...options } as LiveSessionsOptions)
  await app.ready()
}

t.test('the connection that looked at the database is the renewal\'s, and the only one until a request needs another', async (t) => {
  const database = await createDatabase(t)
  const { link, url } = await linkTo(t, database)
  const app = Fastify()
  t.teardown(() => app.close())
  await start(app, { database: url, migrate: false })
  t.equal(link.made(), 1)
  const [renewal, ...others] = await openedBy(database)
  t.match([renewal, others], [{ name: 'live-sessions renewal' }, []])
  await database.query('select pg_terminate_backend($1)', [renewal?.pid])
  await until(async () => (await app.sessions.health()).lease && (await openedBy(database)).some(({ pid, name }) => pid !== renewal?.pid && name === 'live-sessions renewal'))
  await app.close()
  await until(async () => (await openedBy(database)).length === 0)
  t.pass('cut, it is opened again; and closed with the app')
})

t.test('a start that migrates looks once more, and goes on with that connection', async (t) => {
  const database = await createEmptyDatabase(t)
  const { link, url } = await linkTo(t, database)
  const app = Fastify()
  t.teardown(() => app.close())
  await start(app, { database: url })
  t.equal(link.made(), 3, 'before, for the migrations, and after them')
  t.match(await openedBy(database), [{ name: 'live-sessions renewal' }])
})

t.test('a start that fails leaves nothing open, whether or not the app is closed', async (t) => {
  const database = await createDatabase(t)
  const redisPrefix = randomPrefix()
  const redis = await redisUrl()
  const watching = new Redis(redis)
  t.teardown(() => { watching.disconnect() })
  const subscribed = async (): Promise<number> => (await watching.pubsub('CHANNELS', `*${redisPrefix}*`) as string[]).length
  const given = { database: database.url, migrate: false, redis, redisPrefix }

  const unreadable = Fastify()
  await t.rejects(start(unreadable, { ...given, geoip: '/nowhere.mmdb' }), { code: 'SESSION_GEOIP_UNREADABLE' })
  await until(async () => (await openedBy(database)).length === 0)
  t.pass('where it fails before it listens')

  const duplicated = Fastify()
  duplicated.get('/api/sessions', async () => ({}))
  await t.rejects(start(duplicated, given), { code: 'FST_ERR_DUPLICATED_ROUTE' })
  await until(async () => (await openedBy(database)).length === 0 && await subscribed() === 0)
  t.pass('where it fails when everything is open')
  await Promise.all([unreadable.close(), duplicated.close()])
  t.pass('and to close the app afterwards does no harm')
})
