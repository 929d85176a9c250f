/** Answers from memory: only under a lease, only before every deadline, never after the end; and one query for a storm (R32). */
import t from 'tap'
import type { SessionRecord } from '../../src/admission/session-record.ts'
import { IDLE_MS, MINUTE, openDoor, said } from '../helpers/admission.ts'

t.test('under a lease a second request is answered at once, without a promise and without a query', async (t) => {
  const { admission, admitted, count } = openDoor()
  const first = await admitted('s/anna')
  const second = admission.admit('s/anna')
  t.notOk(second instanceof Promise)
  t.equal(second, first)
  t.equal(count(), 1)
})

t.test('five hundred cold requests of one session under a lease make one query', async (t) => {
  const { admission, reads, row, count } = openDoor()
  const answers = Array.from({ length: 500 }, () => admission.admit('s/anna'))
  t.equal(count(), 1)
  reads.shift()?.reply(row('s'))
  const results = new Set(await Promise.all(answers))
  t.equal(results.size, 1, 'and share one record')
  t.strictSame([...results].map(said), ['in'])
})

t.test('without a lease everyone asks for himself, nothing is kept, and memory is not believed', async (t) => {
  const { admission, admitted, reads, row, lease, count } = openDoor()
  await admitted('kept/anna')
  lease.held = false
  t.equal(said(await admitted('kept/anna', { revokedAt: 1, revokedReason: 'policy' })), 'SESSION_REVOKED policy')
  const before = count()
  const answers = Array.from({ length: 3 }, () => admission.admit('s/anna'))
  t.equal(count() - before, 3)
  for (const read of reads) read.reply(row('s'))
  for (const answer of answers) t.equal(said(await answer), 'in')
  t.equal(admission.size(), 1, 'only what was kept before')
})

t.test('an ended session is refused at once: what is kept is dropped, and whoever holds the record sees the flag', async (t) => {
  const { admission, admitted } = openDoor()
  const record = await admitted('s/anna') as SessionRecord
  t.equal(admission.stillAdmitted(record), record)
  admission.end([{ id: 's', reason: 'account_disabled' }])
  t.equal(admission.size(), 0)
  t.equal(said(await admission.stillAdmitted(record)), 'SESSION_REVOKED account_disabled')
  t.equal(said(await admitted('s/anna', { revokedAt: 1, revokedReason: 'account_disabled' })), 'SESSION_REVOKED account_disabled')
  t.strictSame(((await admitted('s/anna', { revokedAt: 1 })) as { endedSession: unknown }).endedSession, { id: 's', userId: 'anna' })
})

t.test('who comes again and again with the token of a session that has ended costs one query; until the database is another one', async (t) => {
  const { admission, admitted, count, reads, row } = openDoor()
  t.equal(said(await admitted('s/anna', { revokedAt: 1, revokedReason: 'logout' })), 'SESSION_REVOKED logout')
  t.strictSame(((await admission.admit('s/anna')) as { endedSession: unknown }).endedSession, { id: 's', userId: 'anna' })
  t.equal(said(await admission.admit('s/anna')), 'SESSION_REVOKED logout')
  t.equal(count(), 1)
  admission.end([{ id: 'other', reason: 'policy' }])
  t.equal(said(await admission.admit('other/anna')), 'SESSION_REVOKED policy')
  t.equal(count(), 1, 'nor does one whose end was heard of')
  admission.reset()
  const again = admission.admit('s/anna')
  reads.shift()?.reply(row('s'))
  t.equal(said(await again), 'in', 'a restored database may know better')
})

t.test('the earlier of the token\'s and the session\'s end counts, by the clock', async (t) => {
  const { admission, admitted, clock, count } = openDoor()
  const token = `s/anna/${clock.now() + MINUTE}`
  await admitted(token)
  await admitted('short/anna', { expiresAt: clock.now() + MINUTE })
  clock.advance(MINUTE - 1)
  t.notOk(admission.admit(token) instanceof Promise)
  t.notOk(admission.admit('short/anna') instanceof Promise)
  clock.advance(1)
  const before = count()
  t.equal(said(await admission.admit(token)), 'SESSION_EXPIRED expired')
  t.equal(count(), before, 'an expired token asks nobody')
  t.equal(said(await admitted('short/anna', { timedOut: 'expired' })), 'SESSION_EXPIRED expired')
})

t.test('memory never decides that a session is idle: the row is asked, and activity elsewhere keeps it alive', async (t) => {
  const { admission, admitted, clock, idle, count } = openDoor()
  await admitted('s/anna')
  clock.advance(IDLE_MS)
  const before = count()
  t.equal(said(await admitted('s/anna')), 'in')
  t.equal(count(), before + 1)
  t.strictSame(idle.asked, [])
  t.notOk(admission.admit('s/anna') instanceof Promise, 'and is kept again')
  clock.advance(IDLE_MS)
  t.equal(said(await admitted('s/anna', { timedOut: 'idle_timeout' })), 'SESSION_EXPIRED idle_timeout')
  t.strictSame(idle.asked, ['s'], 'the first rejection ends it durably')
})

t.test('a row that looked idle and was not, when it was to be ended, is read again', async (t) => {
  const { admission, reads, row, idle } = openDoor()
  idle.ends = false
  const answer = admission.admit('s/anna')
  reads.shift()?.reply(row('s', { timedOut: 'idle_timeout' }))
  while (reads.length === 0) await null
  reads.shift()?.reply(row('s'))
  t.equal(said(await answer), 'in')
})

t.test('a token of somebody else\'s session opens nothing, nor does one whose row is gone', async (t) => {
  const { admission, admitted, reads } = openDoor()
  t.equal(said(await admitted('s/bert')), 'SESSION_TOKEN_INVALID')
  const gone = admission.admit('gone/anna')
  reads.shift()?.reply(null)
  t.equal(said(await gone), 'SESSION_REVOKED policy')
  t.equal(said(await admission.admit('nonsense')), 'SESSION_TOKEN_INVALID')
  t.equal(admission.size(), 0)
})

t.test('no database is 503 for all who waited, never 401; and the next request asks again', async (t) => {
  const { admission, admitted, reads, errors } = openDoor()
  const answers = Array.from({ length: 3 }, () => admission.admit('s/anna'))
  reads.shift()?.fail(new Error('no database'))
  for (const answer of answers) t.equal(said(await answer), 'SESSION_STORE_UNAVAILABLE')
  t.match(errors[0], { message: 'no database' })
  t.equal(said(await admitted('s/anna')), 'in')
})

t.test('more reads than the bound are answered with 503; when one is through, the next one may ask', async (t) => {
  const { admission, reads, row } = openDoor({ maxReads: 2 })
  const first = [admission.admit('a/anna'), admission.admit('b/anna')]
  t.equal(said(await admission.admit('c/anna')), 'SESSION_STORE_UNAVAILABLE')
  for (const read of reads.splice(0)) read.reply(row(read.id))
  for (const answer of first) t.equal(said(await answer), 'in')
  const third = admission.admit('c/anna')
  reads.shift()?.reply(row('c'))
  t.equal(said(await third), 'in')
})

t.test('what is kept is bounded: the least used goes, and a request that holds it asks the row at its second look', async (t) => {
  const { admission, admitted, reads, row } = openDoor({ maxSessions: 2 })
  const oldest = await admitted('a/anna') as SessionRecord
  await admitted('b/anna')
  await admitted('c/anna')
  t.equal(admission.size(), 2)
  const again = admission.stillAdmitted(oldest)
  t.ok(again instanceof Promise)
  reads.shift()?.reply(row('a', { revokedAt: 1, revokedReason: 'logout' }))
  t.equal(said(await again), 'SESSION_REVOKED logout')
})

t.test('an older token of the same session is dropped by a newer one, and an end drops whichever is kept', async (t) => {
  const { admission, admitted, clock } = openDoor()
  const [old, fresh] = [`s/anna/${clock.now() + MINUTE}`, `s/anna/${clock.now() + 2 * MINUTE}`]
  await admitted(old)
  await admitted(fresh)
  t.equal(admission.size(), 1)
  admission.end([{ id: 's', reason: 'logout' }])
  t.equal(admission.size(), 0)
})

t.test('a reset forgets everything; with no room at all each request asks', async (t) => {
  const { admission, admitted, count } = openDoor()
  const record = await admitted('s/anna') as SessionRecord
  admission.reset()
  t.equal(admission.size(), 0)
  t.ok(admission.stillAdmitted(record) instanceof Promise, 'a record from before is asked for')
  const roomless = openDoor({ maxSessions: 0 })
  await roomless.admitted('s/anna')
  await roomless.admitted('s/anna')
  t.equal(roomless.count(), 2)
  t.equal(roomless.admission.size(), 0)
  t.equal(count(), 2)
})

t.test('an old token without a session costs one query; but its session may have been in a transaction that long, and counts once it is there', async (t) => {
  const { admission, reads, row, clock, count } = openDoor()
  const token = `s/anna//${clock.now() - 20 * MINUTE}`
  const before = admission.admit(token)
  reads.shift()?.reply(null)
  t.equal(said(await before), 'SESSION_REVOKED policy')
  t.equal(said(await admission.admit(token)), 'SESSION_REVOKED policy')
  t.equal(count(), 1)
  // The read began before the commit, and this node hears of it before the read is answered.
  admission.opened('s')
  const across = admission.admit(token)
  admission.opened('s')
  reads.shift()?.reply(null)
  t.equal(said(await across), 'SESSION_REVOKED policy')
  const after = admission.admit(token)
  reads.shift()?.reply(row('s'))
  t.equal(said(await after), 'in')
})
