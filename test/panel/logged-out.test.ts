/** The logged-out screen: words for every reason of the protocol, when, from which device, and what to do; no codes. */
import t from 'tap'
import { describeLogout } from '../../src/panel/logged-out.ts'
import { EXPIRY_REASONS, REVOCATION_REASONS } from '../../src/protocol.ts'

const REASONS = [...REVOCATION_REASONS, ...EXPIRY_REASONS]
const AT = '2026-11-14T09:41:00.000Z'

t.test('every reason has a title and a text of its own, in both languages, and none shows its code', async (t) => {
  for (const lang of ['en', 'de-CH']) {
    const told = REASONS.map((reason) => describeLogout({ reason, at: AT, by: { deviceName: 'Firefox on Windows' } }, { lang }))
    t.equal(new Set(told.map(({ title }) => title)).size, REASONS.length)
    t.equal(new Set(told.map(({ text }) => text)).size, REASONS.length)
    for (const texts of told) {
      t.match(texts.when, 'Firefox on Windows')
      t.notMatch(Object.values(texts).join(' '), /[a-z]_[a-z]|undefined|\{/)
    }
  }
})

t.test('when and from where are said as far as they are known', async (t) => {
  const when = (how: object): string => describeLogout({ reason: 'revoked_by_user', ...how }, { lang: 'en' }).when
  t.match(when({ at: AT, by: { deviceName: 'Kitchen' } }), /^It was done on “Kitchen” \(Nov 14, 2026, \d+:41 [AP]M\)\.$/)
  t.match(when({ at: AT, by: null }), /^That was: Nov 14, 2026/)
  t.equal(when({ by: { deviceName: 'Kitchen' } }), 'It was done on “Kitchen”.')
  t.equal(when({ at: 'tomorrow' }), '')
  t.equal(when({}), '')
})

t.test('advice is given where somebody else may have done it, and not where nobody can', async (t) => {
  const advice = (reason: string): string => describeLogout({ reason }, { lang: 'en' }).advice
  for (const reason of ['revoked_by_user', 'concurrent_login', 'replaced', 'session_limit', 'reported_by_user']) t.match(advice(reason), 'change your password')
  t.match(advice('password_changed'), 'reset it now')
  for (const reason of ['revoked_by_admin', 'account_disabled']) t.match(advice(reason), 'ask an administrator')
  for (const reason of ['logout', 'expired', 'idle_timeout', 'policy']) t.equal(advice(reason), '')
})

t.test('a reason that is unknown, missing or called like a property of every object has words as well', async (t) => {
  for (const reason of ['tomorrow', null, undefined, '', '__proto__', 'constructor', 'unknown']) t.equal(describeLogout({ reason }, { lang: 'en' }).title, 'You are signed out')
})

t.test('the app\'s own words come before those that ship', async (t) => {
  t.equal(describeLogout({ reason: 'expired' }, { lang: 'fr', texts: { expired_title: 'Session expirée' } }).title, 'Session expirée')
})

t.test('the elements can be imported where there is no page: on a server that renders one', async (t) => {
  t.equal(typeof HTMLElement, 'undefined')
  t.type((await import('../../src/panel/index.ts')).LiveSessionsPanel, 'function')
  t.type((await import('../../src/panel/admin.ts')).LiveSessionsAdmin, 'function')
})
