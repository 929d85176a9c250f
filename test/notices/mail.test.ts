/** Mails as they are written (R45): in the reader's language and time, without anything in them that a stranger could make of them. */
import t from 'tap'
import type { Notice } from '../../src/notice-types.ts'
import { escapeHtml, oneLine, withoutLinks } from '../../src/notices/templates/lines.ts'
import { languageOf, localeOf } from '../../src/notices/templates/language.ts'
import { writeMail } from '../../src/notices/templates/mail.ts'
import { german } from '../../src/notices/templates/words-de.ts'
import { english } from '../../src/notices/templates/words-en.ts'

const URL_OF_REPORT = 'https://shop.example/api/auth/report/abc'

function notice (changes: Partial<Notice> = {}): Notice {
  return {
    id: '8c6c9c5e-6f0e-4f5e-9c3c-2b7f5d0f8a11',
    kind: 'new_device',
    userId: 'user-1',
    at: '2026-11-28T18:42:10.000Z',
    session: {
      id: 'b6c7c0de-0000-4000-8000-000000000000',
      deviceName: 'Firefox on Linux',
      deviceType: 'desktop',
      browser: null,
      os: null,
      clientId: null,
      ipAddress: '203.0.113.7',
      location: { countryCode: 'DE', country: 'Germany', region: 'Berlin', city: 'Berlin' }
    },
    refused: false,
    method: 'password',
    reasons: [],
    ended: 0,
    ipAddress: '203.0.113.7',
    app: { name: 'Example Shop', origin: 'https://shop.example' },
    recipient: { address: 'anna@example.com', locale: 'en-GB', timeZone: 'Europe/Berlin' },
    report: { url: URL_OF_REPORT, until: '2026-12-05T18:42:10.000Z' },
    changePasswordUrl: 'https://shop.example/password',
    ...changes
  }
}

t.test('a mail says which account and host, what, where, when in the reader\'s zone, by which way, and what to do', async (t) => {
  const { subject, text, html } = writeMail(notice())
  t.equal(subject, 'New sign-in to Example Shop: Firefox on Linux')
  for (const part of ['anna@example.com', 'shop.example', 'Firefox on Linux', 'Berlin, Germany', '203.0.113.7', '28 November 2026 at 19:42', 'Password', URL_OF_REPORT, 'https://shop.example/password']) {
    t.match(text, part)
    t.match(html, part)
  }
  t.match(text, `This wasn’t me:\n${URL_OF_REPORT}\n`, 'the link has a line of its own')
})

t.test('German readers get German mails, everybody else English ones, and nonsense for a language or a zone stops none', async (t) => {
  const german = writeMail(notice({ recipient: { address: 'anna@example.com', locale: 'de-AT', timeZone: 'Europe/Vienna' } }))
  t.equal(german.subject, 'Neue Anmeldung bei Example Shop: Firefox on Linux')
  t.match(german.text, /28\. November 2026 um 19:42/)
  t.match(german.text, 'Berlin, Deutschland')
  t.match(german.html, '<html lang="de">')
  for (const recipient of [{ address: 'a@b.example', locale: 'fr', timeZone: null }, { address: 'a@b.example', locale: '"><x', timeZone: 'Not/AZone' }, { address: 'a@b.example', locale: 'den', timeZone: '' }, null]) {
    const mail = writeMail(notice({ recipient }))
    t.match(mail.text, /November 2026|November 28, 2026/)
    t.match(mail.text, 'UTC')
    t.match(mail.html, '<html lang="en">')
  }
  t.equal(localeOf('de-CH,de;q=0.9,en;q=0.8'), 'de-CH')
  t.equal(localeOf(undefined), 'en')
  t.equal(languageOf({ locale: 'de' }).words.language, 'de')
})

t.test('a name that breaks lines stays a line, markup stays text, and nothing becomes a link', async (t) => {
  const deviceName = 'Evil\r\nBcc: victim@other.example\u2028<script>alert(1)</script> \u202Ehttps://evil.example/login www.evil.example evil.example'
  const session = { ...notice().session as NonNullable<Notice['session']>, deviceName }
  const { subject, text, html } = writeMail(notice({ session, method: '<b>SSO</b>' }))
  // eslint-disable-next-line no-control-regex
  t.notMatch(subject, /[\u0000-\u001f\u2028\u202e]/)
  t.match(text.split('\n').filter((line) => line.includes('Bcc')), [/^Device: Evil Bcc: victim@other\.example/], 'one line, and not its beginning')
  t.notMatch(html, /<script|<b>/)
  t.match(html, '&lt;script&gt;')
  for (const content of [text, html, subject]) t.notMatch(content, /https:\/\/evil|www\.evil|[^@\w]evil\.example/)
  t.same([...html.matchAll(/href="([^"]+)"/g)].map(([, url]) => url), [URL_OF_REPORT], 'the one link is ours')
})

t.test('no domain becomes a link: with a digit at its end, behind an @, a number of IPv4; versions and addresses of mail stay', async (t) => {
  for (const word of ['shop24.com', 'a_.example', '@evil.example', 'a@evil.example/login', 'b@c@evil.example', '203.0.113.9/login']) {
    t.equal(withoutLinks(`call ${word}`).includes(word), false, word)
    t.equal(withoutLinks(word).replaceAll('\u2060', ''), word)
  }
  for (const word of ['120.0.6099.71', 'victim@other.example', 'SM-G781B', 'iOS 17.1']) t.equal(withoutLinks(word), word)
})

t.test('a suspicious login says why in words; a way of signing in without a password offers none to change', async (t) => {
  const { text } = writeMail(notice({
    kind: 'suspicious',
    method: 'Google',
    reasons: [
      { reason: 'new_country', countryCode: 'BR', known: ['DE'] },
      { reason: 'new_address', network: '203.0.113.7' },
      { reason: 'impossible_travel', from: 'Berlin, Germany', to: 'Brazil', kilometres: 9_860, hours: 1, since: '2026-11-28T17:42:10.000Z' },
      { reason: 'failed_logins', count: 7, withinMs: 3_600_000 },
      { reason: 'anonymous_address', kinds: ['tor'] },
      { reason: 'datacentre', organization: 'Cloud' }
    ]
  }))
  for (const words of ['Brazil', '9860 km', '7 wrong passwords', 'hides where it comes from', 'data centre', 'Signed in with: Google']) t.match(text, words)
  t.notMatch(text, /null|undefined|shop\.example\/password/)
})

t.test('a login that was refused says so: there is no session to end, and a password to change', async (t) => {
  const refused = notice({ kind: 'suspicious', refused: true, report: null, reasons: [{ reason: 'refused_device' }] })
  const { subject, text, html } = writeMail(refused)
  t.equal(subject, 'A sign-in to Example Shop was refused: Firefox on Linux')
  for (const content of [text, html]) {
    for (const words of ['were not let in', 'You said of a sign-in with this device that it was not you.', 'Then sign in from a device', 'they know your password', 'https://shop.example/password']) t.match(content, words)
    t.notMatch(content, 'nothing to do')
  }
  t.match(writeMail({ ...refused, recipient: { address: 'a@b.example', locale: 'de' } }).subject, 'Anmeldung bei Example Shop abgewiesen: Firefox on Linux')
})

t.test('changed passwords and ended sessions have no session to end, and say what happened', async (t) => {
  const changed = writeMail(notice({ kind: 'password_changed', session: null, report: null, method: null }))
  t.equal(changed.subject, 'Your password for Example Shop was changed')
  t.match(changed.text, 'https://shop.example/password')
  t.notMatch(changed.text, 'Device:')
  const ended = writeMail(notice({ kind: 'sessions_ended', session: null, report: null, method: null, ended: 3, changePasswordUrl: null }))
  t.match(ended.text, '3 other devices were signed out')
})

t.test('both languages have the same words, and none is empty', async (t) => {
  const shape = (value: unknown): unknown => typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shape(inner)])) : typeof value
  t.same(shape(german), shape(english))
  t.notMatch(JSON.stringify([german, english]), /:""/)
})

t.test('lines are cut, and entities are whole', async (t) => {
  t.equal([...oneLine('ü'.repeat(500))].length, 120)
  t.equal(escapeHtml('<a href="x">&\'</a>'), '&lt;a href=&quot;x&quot;&gt;&amp;&#39;&lt;/a&gt;')
  t.equal(withoutLinks('Safari 17.4 on Mac OS 10.15'), 'Safari 17.4 on Mac OS 10.15', 'versions are no addresses')
})
