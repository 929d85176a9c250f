/** The use cases over two nodes and one database: who may log in while a password changes, and what a repeat is told. */
import t, { type Test } from 'tap'
import { describeDevice } from '../../src/device/device.ts'
import { createInProcessHub } from '../../src/revocation/in-process-bus.ts'
import type { LoginRequest } from '../../src/session/login-request.ts'
import { startNode, type TestNode } from '../helpers/protocol-node.ts'
import { connectTo, lockAwaited, openRows } from '../helpers/session-rows.ts'

const CHANGED = { reason: 'password_changed', by: 'anna', ip: null } as const
const DISABLED = { reason: 'account_disabled', by: 'root', ip: null } as const
const BY_ANNA = { userId: 'anna', reason: 'revoked_by_user', by: 'anna', ip: null } as const
const LOCK = 'select pg_advisory_xact_lock(hashtextextended($1, 5184471212))'

function login (asOf: string | null, userId = 'anna'): LoginRequest {
  return { userId, device: describeDevice({}), deviceId: null, clientId: null, ip: '192.0.2.1', asOf }
}

const rows = await openRows(t, { pool: 10 })
t.beforeEach(rows.empty)

async function startTwo (t: Test): Promise<{ a: TestNode, b: TestNode }> {
  const hub = createInProcessHub()
  return { a: await startNode(t, rows, { hub }), b: await startNode(t, rows, { hub }) }
}

for (const cause of [CHANGED, DISABLED]) {
  t.test(`a login that began before ${cause.reason} and comes to write after it is refused`, async (t) => {
    const { a, b } = await startTwo(t)
    const client = await connectTo(t, rows.test)
    await client.query('begin')
    await client.query(LOCK, ['anna'])
    const began = b.renewal.cursor
    const revocation = a.manager.revokeUser('anna', cause)
    await lockAwaited(rows.test, 1)
    const opening = b.manager.open(login(began))
    const refused = t.rejects(opening, { code: 'INVALID_CREDENTIALS', statusCode: 401 })
    await lockAwaited(rows.test, 2)
    await client.query('commit')
    await refused
    t.match(await revocation, { count: 0, confirmed: true })
    t.strictSame(await a.manager.list('anna'), [])
  })

  t.test(`a login that writes before ${cause.reason} succeeds, and is ended by it`, async (t) => {
    const { a, b } = await startTwo(t)
    const client = await connectTo(t, rows.test)
    await client.query('begin')
    await client.query(LOCK, ['anna'])
    const opening = b.manager.open(login(b.renewal.cursor))
    await lockAwaited(rows.test, 1)
    const revocation = a.manager.revokeUser('anna', cause)
    await lockAwaited(rows.test, 2)
    await client.query('commit')
    const { session } = await opening
    t.match(await revocation, { count: 1, revoked: [session.id] })
  })

  t.test(`a login that begins after the answer to ${cause.reason} succeeds on every node, sessions or none`, async (t) => {
    const { a, b } = await startTwo(t)
    for (const round of ['without sessions', 'with one', 'with one again']) {
      t.match(await a.manager.revokeUser('anna', cause), { confirmed: true }, round)
      t.ok((await a.manager.open(login(a.renewal.cursor))).token, 'on the node that answered')
      t.ok((await b.manager.open(login(b.renewal.cursor))).token, 'on the other one')
    }
  })
}

t.test('a login that began before somebody else\'s password changed, or before a plain logout, is not concerned', async (t) => {
  const { a, b } = await startTwo(t)
  const began = b.renewal.cursor
  await a.manager.revokeUser('bert', CHANGED)
  await a.manager.revokeUser('anna', { ...CHANGED, reason: 'revoked_by_user' })
  t.ok((await b.manager.open(login(began))).token)
})

t.test('many logins against many password changes: whoever is let in began after, or is out again', async (t) => {
  const { a, b } = await startTwo(t)
  const work = Array.from({ length: 24 }, async (_, index) => {
    const node = index % 2 === 0 ? a : b
    if (index % 4 === 0) await node.manager.revokeUser('anna', CHANGED)
    else await node.manager.open(login(node.renewal.cursor)).catch((error: { code: string }) => { t.equal(error.code, 'INVALID_CREDENTIALS') })
  })
  await Promise.all(work)
  await a.manager.revokeUser('anna', DISABLED)
  t.strictSame(await a.manager.list('anna'), [])
})

t.test('a node that does not know since when a login runs lets nobody in', async (t) => {
  const { a } = await startTwo(t)
  await t.rejects(a.manager.open(login(null)), { code: 'SESSION_STORE_UNAVAILABLE', statusCode: 503 })
})

t.test('user ids that PostgreSQL can not hold, and claims that are the session\'s own, are refused before anything is written', async (t) => {
  const { a } = await startTwo(t)
  const { cursor } = a.renewal
  for (const userId of ['', 'a\0b', '\ud800', 'x'.repeat(256), 7.5, Number.NaN, Infinity, 2 ** 53, true, [], null, undefined, {}]) {
    await t.rejects(a.manager.open({ ...login(cursor), userId: userId as string }), { code: 'SESSION_CALL_INVALID', statusCode: 500 })
    await t.rejects(a.manager.revokeUser(userId as string, CHANGED), { code: 'SESSION_CALL_INVALID' })
  }
  for (const name of ['sub', 'session_id', 'iat', 'exp', 'nbf', 'jti', 'iss', 'aud']) {
    await t.rejects(a.manager.open({ ...login(cursor), claims: { [name]: 1 } }), { code: 'SESSION_CALL_INVALID', message: new RegExp(`claims\\.${name}`) })
  }
  t.match(await rows.test.query('select count(*)::int from live_session_event'), [{ count: 0 }])
  for (const userId of ['__proto__', 'constructor', '%', "'; drop table live_session; --", '😀']) {
    const { session } = await a.manager.open(login(cursor, userId))
    t.match(await a.manager.list(userId), [{ id: session.id }], JSON.stringify(userId))
  }
})

t.test('fifty equal DELETEs at once all succeed, one of them ends the session, and there is one event', async (t) => {
  const { a, b } = await startTwo(t)
  const { session: { id } } = await a.manager.open(login(a.renewal.cursor))
  const reports = await Promise.all(Array.from({ length: 50 }, async (_, index) => await (index % 2 === 0 ? a : b).manager.revoke(id, BY_ANNA)))
  t.ok(reports.every((report) => report.confirmed))
  t.equal(reports.filter(({ count }) => count === 1).length, 1)
  t.equal(reports.reduce((sum, { count }) => sum + count, 0), 1)
  t.match(await rows.test.query("select count(*)::int from live_session_event where type = 'ended'"), [{ count: 1 }])
  t.ok(a.applied.some((ended) => ended.id === id) && b.applied.some((ended) => ended.id === id), 'both nodes know')
  t.match(await a.manager.revoke(id, BY_ANNA), { count: 0, confirmed: true, waitedMs: 0 }, 'later there is nothing left to wait for')
})

t.test('an unknown id, a malformed one and another user\'s are the same: not found', async (t) => {
  const { a } = await startTwo(t)
  const { session: { id } } = await a.manager.open(login(a.renewal.cursor))
  for (const other of ['8c2f8a6e-0000-4000-8000-000000000000', 'others', "1' or '1'='1", '']) {
    await t.rejects(a.manager.revoke(other, BY_ANNA), { code: 'SESSION_NOT_FOUND' })
    await t.rejects(a.manager.get(other), { code: 'SESSION_NOT_FOUND' })
    await t.rejects(a.manager.rename(other, 'x'), { code: 'SESSION_NOT_FOUND' })
  }
  await t.rejects(a.manager.revoke(id, { ...BY_ANNA, userId: 'bert' }), { code: 'SESSION_NOT_FOUND' })
  await t.rejects(a.manager.get(id, { userId: 'bert' }), { code: 'SESSION_NOT_FOUND' })
  t.match(await a.manager.get(id, { userId: 'anna' }), { id, status: 'active' })
})
