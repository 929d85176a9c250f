/** A session that ends while its row is being read: whoever waits for that read is refused, and nothing of it is kept. */
import t from 'tap'
import { openDoor, said } from '../helpers/admission.ts'

const END = [{ id: 's', reason: 'revoked_by_user' }] as const
const OUT = 'SESSION_REVOKED revoked_by_user'

t.test('wherever the end falls between the question and the decision, the read is refused and not kept', async (t) => {
  // The end is applied this many microtasks after the reply; at 0 before it, and at some point after the decision.
  const outcomes = []
  for (let position = -1; position < 24; position++) {
    const { admission, reads, row, admitted } = openDoor()
    const answer = Promise.resolve(admission.admit('s/anna'))
    const stale = row('s')
    if (position === -1) admission.end(END)
    reads.shift()?.reply(stale)
    for (let step = 0; step < position; step++) await null
    if (position >= 0) admission.end(END)
    const result = await answer
    outcomes.push(said(result))
    const again = await admitted('s/anna', { revokedAt: 1, revokedReason: 'revoked_by_user' })
    t.equal(said(again), OUT, `position ${position}: the next request is refused`)
    t.equal(admission.size(), 0, `position ${position}: nothing is kept`)
    // Decided before the end: let in, but flagged, so that the second look before the handler refuses it.
    if (said(result) === 'in') t.equal(said(await admission.stillAdmitted(result as Exclude<typeof result, { error: unknown }>)), OUT)
  }
  t.equal(outcomes[0], OUT)
  t.equal(outcomes[1], OUT, 'a reply that is in, and not yet looked at, is not believed')
  const decided = outcomes.indexOf('in')
  t.ok(decided > 0, 'some ends came after the decision')
  t.ok(outcomes.slice(0, decided).every((outcome) => outcome === OUT))
  t.ok(outcomes.slice(decided).every((outcome) => outcome === 'in'))
})

t.test('everybody who joined the read is refused, and whoever comes after the end, at once', async (t) => {
  const { admission, reads, row, count } = openDoor()
  const waiting = Array.from({ length: 5 }, () => Promise.resolve(admission.admit('s/anna')))
  const stale = row('s')
  admission.end(END)
  const late = await admission.admit('s/anna')
  t.equal(count(), 1)
  reads[0]?.reply(stale)
  for (const result of [...waiting, late]) t.equal(said(await result), OUT)
  t.equal(admission.size(), 0)
})

t.test('an end of one session leaves the reads of others alone', async (t) => {
  const { admission, reads, row } = openDoor()
  const other = Promise.resolve(admission.admit('other/anna'))
  admission.end(END)
  reads.shift()?.reply(row('other'))
  t.equal(said(await other), 'in')
  t.equal(admission.size(), 1)
})

t.test('a read that began without a lease is marked too', async (t) => {
  const { admission, reads, row, lease } = openDoor()
  lease.held = false
  const answers = [admission.admit('s/anna'), admission.admit('s/anna')]
  admission.end(END)
  for (const read of reads) read.reply(row('s'))
  for (const answer of answers) t.equal(said(await answer), OUT)
})

t.test('a read that began before a reset is answered, and neither joined nor kept', async (t) => {
  const { admission, reads, row, count } = openDoor()
  const before = admission.admit('s/anna')
  admission.reset()
  const after = admission.admit('s/anna')
  t.equal(count(), 2)
  for (const read of reads) read.reply(row('s'))
  t.equal(said(await before), 'in')
  t.equal(said(await after), 'in')
  t.equal(admission.size(), 1, 'only the read that began after it is kept')
})

t.test('a lease that was lost and won again during a read harms nothing: the read began under one', async (t) => {
  const { admission, reads, row, lease } = openDoor()
  const first = admission.admit('s/anna')
  lease.held = false
  const second = admission.admit('s/anna')
  t.equal(reads.length, 2, 'no joining without a lease')
  lease.held = true
  reads[1]?.reply(row('s'))
  t.equal(said(await second), 'in')
  t.equal(admission.size(), 0, 'one that began without a lease is not kept')
  reads[0]?.reply(row('s'))
  t.equal(said(await first), 'in')
  t.equal(admission.size(), 1)
})
