/** The link behind "This wasn't me" (R45): signed, for one notice and one time, in one spelling. */
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { resolveKeys } from '../../src/options/keys.ts'
import { createReportLinks } from '../../src/notices/link.ts'
import { SECRET } from '../helpers/app.ts'

const OTHER = 'another secret of the tests, as long as it must be'
const links = createReportLinks(resolveKeys(SECRET).report)
const UNTIL = Date.parse('2026-12-05T18:42:10.000Z')

t.test('a link names its notice and its end, and fits where Fastify takes parameters', async (t) => {
  const id = randomUUID()
  const token = links.issue(id, UNTIL)
  t.same(links.read(token), { noticeId: id, until: UNTIL })
  t.match(token, /^[\w-]{72}$/, 'below the 100 characters of a parameter')
})

t.test('whatever is changed about a link, it is none any more', async (t) => {
  const token = links.issue(randomUUID(), UNTIL)
  for (let at = 0; at < token.length; at++) {
    const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)
    t.equal(links.read(changed), null, `character ${at}`)
  }
  for (const wrong of ['', 'x', token.slice(1), `${token}A`, `${token}=`, token.toUpperCase(), 'A'.repeat(72), '__proto__']) t.equal(links.read(wrong), null, wrong)
})

t.test('links of another secret are none, those of a retired one still work', async (t) => {
  const id = randomUUID()
  const old = createReportLinks(resolveKeys(OTHER).report).issue(id, UNTIL)
  t.equal(links.read(old), null)
  t.same(createReportLinks(resolveKeys([SECRET, OTHER]).report).read(old), { noticeId: id, until: UNTIL })
})

t.test('the key is of its own: none of the bus or of devices makes a link', async (t) => {
  const { report, bus, device } = resolveKeys(SECRET)
  const exported = [report, bus, device].map(([key]) => key.export().toString('hex'))
  t.equal(new Set(exported).size, 3)
})
