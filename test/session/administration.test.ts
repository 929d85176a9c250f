/** Ending by filter: in chunks, certain on this node too, and over when the node goes down. */
import { EventEmitter, once } from 'node:events'
import t, { type Test } from 'tap'
import { createEndingUseCases } from '../../src/session/use-cases.ts'
import { HOUR, openRows } from '../helpers/session-rows.ts'

const BY_ADMIN = { reason: 'revoked_by_admin', by: 'admin', ip: null } as const
/** More than a chunk. */
const MANY = 1_050

async function openAdministration (t: Test, { renew, closing = () => false }: { renew: () => Promise<void>, closing?: () => boolean }) {
  const { test, store } = await openRows(t)
  await test.query(`insert into live_session (id, user_id, device_name, device_type, user_agent, expires_at)
    select gen_random_uuid(), 'someone', 'a device', 'desktop', '', now() + interval '1 day' from generate_series(1, ${MANY})`)
  const confirmed: string[][] = []
  const { administration } = createEndingUseCases({
    store,
    renew,
    async confirm (_ended, seen = []) {
      confirmed.push([...seen])
      return { waitedMs: 0, acknowledged: 2, lapsed: 0, notified: 0 }
    },
    closing,
    idleTimeoutMs: HOUR
  })
  const living = async (): Promise<number> => (await test.query<{ n: number }>('select count(*)::int as n from live_session where revoked_at is null'))[0]?.n ?? -1
  return { administration, confirmed, living }
}

t.test('the others are asked to confirm after this node has read what it ended', async (t) => {
  const renewals = new EventEmitter()
  let read: () => void = () => {}
  const { administration, confirmed, living } = await openAdministration(t, {
    renew: () => new Promise((resolve) => {
      read = resolve
      renewals.emit('begun')
    })
  })
  const begun = once(renewals, 'begun')
  const report = administration.revokeWhere({}, BY_ADMIN)
  await begun
  t.equal(await living(), 0)
  t.strictSame(confirmed, [])
  read()
  t.match(await report, { count: MANY, revoked: { length: 100 }, confirmed: true, nodes: { acknowledged: 2 } })
  t.equal(confirmed[0]?.length, 2, 'two chunks, two transactions')
})

t.test('when this node can\'t read it, nothing is said to be confirmed; and a repeat is safe', async (t) => {
  let failing = true
  const { administration, confirmed } = await openAdministration(t, { renew: async () => { if (failing) throw new Error('no database') } })
  await t.rejects(administration.revokeWhere({}, BY_ADMIN), { code: 'SESSION_REVOCATION_UNCONFIRMED', statusCode: 503 })
  t.strictSame(confirmed, [])
  failing = false
  t.match(await administration.revokeWhere({}, BY_ADMIN), { count: 0, confirmed: true })
})

t.test('a node that goes down begins no further chunk', async (t) => {
  let down = false
  const { administration, living } = await openAdministration(t, { renew: async () => {}, closing: () => down })
  await t.rejects(administration.revokeWhere({}, BY_ADMIN, () => { down = true }), { code: 'SESSION_REVOCATION_UNCONFIRMED' })
  t.equal(await living(), MANY - 1_000)
  down = false
  t.match(await administration.revokeWhere({}, BY_ADMIN), { count: MANY - 1_000 })
})
