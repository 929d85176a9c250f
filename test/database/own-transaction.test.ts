/** Ending sessions inside an app's own transaction: what the app commits, and only that, is confirmed. */
import { MikroORM, type EntityManager } from '@mikro-orm/postgresql'
import t, { type Test } from 'tap'
import { liveSessionEntities } from '../../src/database/entities/index.ts'
import { buildApp } from '../helpers/app.ts'
import { logIn, type Device } from '../helpers/device.ts'

async function openApp (t: Test) {
  const built = await buildApp(t)
  const orm = await MikroORM.init({ clientUrl: built.database.url, entities: liveSessionEntities, discovery: { disableDynamicFileAccess: true }, logger: () => {} })
  t.teardown(async () => { await orm.close(true) })
  return { ...built, em: orm.em.fork() as EntityManager }
}

const statusOf = async (device: Device): Promise<number> => (await device.ask('GET', '/api/sessions/current')).status

t.test('what the transaction ended is out once its commit is confirmed, and not before the commit', async (t) => {
  const { app, address, em } = await openApp(t)
  const phone = await logIn(address)
  const socket = await phone.connect()
  const confirm = await em.transactional(async (em) => {
    const confirm = await app.sessions.revokeIn(em, { sessionId: phone.id }, { reason: 'policy', by: 'root' })
    t.equal(await statusOf(phone), 200)
    await t.rejects(confirm(), { message: /in progress/ })
    return confirm
  })
  t.match(await confirm(), { count: 1, revoked: [phone.id], confirmed: true })
  t.equal(await statusOf(phone), 401)
  t.match(await socket.next('logout'), { reason: 'policy' })
  t.match(await confirm(), { count: 1 }, 'again is safe')
})

t.test('a transaction that is rolled back ends nothing', async (t) => {
  const { app, address, em } = await openApp(t)
  const phone = await logIn(address)
  let confirm: () => Promise<unknown> = async () => null
  await t.rejects(em.transactional(async (em) => {
    confirm = await app.sessions.revokeIn(em, { userId: phone.userId }, { reason: 'account_disabled' })
    throw new Error('the app changed its mind')
  }))
  await t.rejects(confirm(), { message: /aborted/ })
  t.equal(await statusOf(phone), 200)
})

t.test('nor does a part that is rolled back to its savepoint, though the rest is committed', async (t) => {
  const { app, address, em } = await openApp(t)
  const phone = await logIn(address)
  const socket = await phone.connect()
  for (const which of [{ sessionId: phone.id }, { userId: phone.userId }]) {
    let confirm: () => Promise<unknown> = async () => null
    await em.transactional(async (outer) => {
      await outer.execute('create table if not exists kept (n int)')
      await outer.transactional(async (inner) => {
        confirm = await app.sessions.revokeIn(inner, which, { reason: 'password_changed' })
        throw new Error('the app changed its mind')
      }).catch(() => {})
    })
    await t.rejects(confirm(), { message: /rolled back/ })
  }
  t.equal(await statusOf(phone), 200)
  t.same(socket.messages.filter(({ type }) => type === 'logout'), [])
})

t.test('a transaction that could not see what was opened meanwhile is refused, and ids that are none', async (t) => {
  const { app, address, em } = await openApp(t)
  const phone = await logIn(address)
  await t.rejects(em.transactional(async (em) => await app.sessions.revokeIn(em, { userId: phone.userId }), { isolationLevel: 'repeatable read' as never }), { message: /READ COMMITTED/ })
  await t.rejects(app.sessions.revokeIn(em, { sessionId: 'no-uuid' }), { code: 'SESSION_NOT_FOUND', statusCode: 404 })
  await t.rejects(app.sessions.assertAlive(em, { id: 'no-uuid' }), { message: /UUID/ })
  t.equal(await statusOf(phone), 200)
})
