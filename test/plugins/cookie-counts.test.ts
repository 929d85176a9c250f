/** Cookies of one name are counted as parse reads them (A10): what it would take, and one that it would not, are two. */
import t from 'tap'
import { cookieValues, parseCookies, SEVERAL, soleCookie } from '../../plugins/cookies/cookie-header.ts'

const VALUES: Record<string, string[]> = {
  'session=a': ['a'],
  'session=a; session=b': ['a', 'b'],
  'session =a; session=b': ['a', 'b'],
  'session\t=a; session=b': ['a', 'b'],
  'session=b; session =a': ['b', 'a'],
  ' session  =  a ;session=b': ['a', 'b'],
  'session= a': ['a'],
  'x; session =a; session': ['a'],
  'session; session=a': ['a'],
  'session=a; x=session': ['a'],
  'session=a; x=session=b': ['a'],
  'session=session=a': ['session=a'],
  'my-session=a; session=b': ['b'],
  'session-device=a; session=b': ['b'],
  'session-device=a': [],
  'Session=a; session=b': ['b'],
  'session="a"; session=%61': ['a', 'a'],
  'session=; session=b': ['', 'b'],
  '=session=a; session=b': ['b'],
  'session\u00a0=a; session=b': ['b'],
  'session=a%': ['a%'],
  'session=a%20b; x=1': ['a b'],
  'session=a ; x=1': ['a'],
  'session=a\u00a0; x=1': ['a\u00a0'],
  'session=a;': ['a'],
  'session=': [''],
  session: [],
  '': []
}

t.test('a blank or tab before the equals sign hides no cookie', async (t) => {
  for (const [header, values] of Object.entries(VALUES)) {
    t.same(cookieValues(header, 'session').map((value) => value.replace(/^"(.*)"$/, '$1')), values, header)
    const first = parseCookies(header)['session']
    t.equal(soleCookie(header, 'session'), values.length > 1 ? SEVERAL : first ?? null, `as parse reads it: ${header}`)
    t.equal(cookieValues(header, 'session')[0], first, `parse takes the first: ${header}`)
  }
  t.equal(soleCookie(undefined, 'session'), null)
})
