/** The page has words for every way a session can end. */
import { test } from 'tap'
import { EXPIRY_REASONS, REVOCATION_REASONS } from '../../src/protocol.ts'

interface ReasonsModule {
  REASONS: Record<string, { title: string, text: string }>
  describeReason: (reason: string | null) => { title: string, text: string }
}

const page = await import(new URL('../../src/demo/pages/reasons.js', import.meta.url).href) as ReasonsModule

test('every reason of the protocol has a title and a text of its own', async (t) => {
  const reasons = [...REVOCATION_REASONS, ...EXPIRY_REASONS]
  t.same(Object.keys(page.REASONS).sort(), [...reasons].sort())
  t.equal(new Set(reasons.map((reason) => page.describeReason(reason).title)).size, reasons.length)
  for (const reason of reasons) t.ok(page.describeReason(reason).text.length > 20, reason)
})

test('a reason that is unknown, missing or called like a property of every object has words as well', async (t) => {
  for (const reason of ['tomorrow', null, '__proto__', 'constructor']) t.type(page.describeReason(reason).title, 'string')
})
