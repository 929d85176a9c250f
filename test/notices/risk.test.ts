/** Each rule at its edges, with the facts that it gives. */
import t from 'tap'
import type { Past } from '../../src/notices/known-devices.ts'
import { NOWHERE, type KeptLocation, type Place } from '../../src/notices/places-record.ts'
import { decisionOf, judgeRisk, type RiskyLogin } from '../../src/notices/risk.ts'
import { resolveRisk, type ResolvedRisk, type RiskOptions } from '../../src/options/risk.ts'
import type { RiskReason } from '../../src/protocol.ts'

const HOUR = 3_600_000
const NOW = Date.UTC(2026, 10, 28, 12)
const BERLIN: KeptLocation = { countryCode: 'DE', country: 'Germany', region: null, city: 'Berlin', latitude: 52.5, longitude: 13.4 }
const LONDON: KeptLocation = { countryCode: 'GB', country: 'United Kingdom', region: null, city: 'London', latitude: 51.5, longitude: -0.1 }
const POTSDAM: KeptLocation = { ...BERLIN, city: 'Potsdam', latitude: 52.4, longitude: 13.1 }
const rules = (options: RiskOptions = {}): ResolvedRisk => resolveRisk(options) as ResolvedRisk

const at = (location: KeptLocation | null): Place => ({ ...NOWHERE, location })
const login = (part: Partial<RiskyLogin> = {}): RiskyLogin =>
  ({ deviceId: 'laptop', deviceName: 'Firefox on Linux', network: '192.0.2.1', place: NOWHERE, failed: { count: 0, withinMs: HOUR }, at: NOW, ...part })
const past = (part: Partial<Past> = {}): Past =>
  ({ deviceId: 'laptop', since: NOW - HOUR, at: NOW - HOUR, networks: ['192.0.2.1'], countries: ['DE'], location: BERLIN, refused: false, ...part })

const names = (reasons: readonly RiskReason[]): string[] => reasons.map(({ reason }) => reason)

t.test('the very first login of a user has nothing new', async (t) => {
  t.same(judgeRisk(login({ place: at(BERLIN) }), [], rules()), { newDevice: false, reasons: [], score: 0 })
})

t.test('the same device from the same place is no news', async (t) => {
  t.same(judgeRisk(login({ place: at(BERLIN) }), [past()], rules()), { newDevice: false, reasons: [], score: 0 })
})

t.test('a device that never signed in is new, and one without an id always', async (t) => {
  const found = judgeRisk(login({ deviceId: 'phone' }), [past(), past({ deviceId: null })], rules())
  t.same(found, { newDevice: true, reasons: [{ reason: 'new_device', deviceName: 'Firefox on Linux' }], score: 20 })
  t.equal(judgeRisk(login({ deviceId: null }), [past({ deviceId: null })], rules()).newDevice, true)
  t.same(judgeRisk(login({ deviceId: 'phone' }), [past()], rules({ weights: { new_device: 0 } })), { newDevice: true, reasons: [], score: 0 }, 'switched off it is no risk, but still new')
})

t.test('a country where the user never signed in is new; without any known one, none is', async (t) => {
  const found = judgeRisk(login({ place: at({ ...LONDON, latitude: undefined, longitude: undefined } as never) }), [past({ countries: ['FR', 'DE'] }), past({ countries: ['DE'] })], rules())
  t.same(found.reasons, [{ reason: 'new_country', countryCode: 'GB', known: ['DE', 'FR'] }])
  t.same(judgeRisk(login({ place: at(LONDON) }), [past({ countries: [], location: null })], rules()).reasons, [])
})

t.test('an address is known by its network', async (t) => {
  t.same(judgeRisk(login({ network: '192.0.2.9' }), [past()], rules()).reasons, [{ reason: 'new_address', network: '192.0.2.9' }])
  const known = [past({ networks: ['2001:db8:1:2::/64'] })]
  t.same(judgeRisk(login({ network: '2001:db8:1:2::/64' }), known, rules()).reasons, [])
  t.same(judgeRisk(login({ network: '2001:db8:1:3::/64' }), known, rules()).reasons, [{ reason: 'new_address', network: '2001:db8:1:3::/64' }])
  t.same(judgeRisk(login({ network: null }), known, rules()).reasons, [], 'a connection that has no address')
})

t.test('nobody is in Berlin and half an hour later in London', async (t) => {
  const gone = [past({ at: NOW - HOUR / 2, countries: ['DE', 'GB'] })]
  const [reason] = judgeRisk(login({ place: at(LONDON) }), gone, rules()).reasons
  t.same(reason, { reason: 'impossible_travel', from: 'Berlin, Germany', to: 'London, United Kingdom', kilometres: 929, hours: 0.5, since: '2026-11-28T11:30:00.000Z' })
  t.same(judgeRisk(login({ place: at(LONDON) }), [past({ countries: ['DE', 'GB'] })], rules()).reasons, [], 'in an hour a plane does it')
  t.same(names(judgeRisk(login({ place: at(LONDON) }), [past({ countries: ['DE', 'GB'] })], rules({ maxKmPerHour: 900 })).reasons), ['impossible_travel'], 'a slower one not')
  t.same(judgeRisk(login({ place: at(POTSDAM) }), [past({ at: NOW })], rules()).reasons, [], 'near places are no journey')
  t.same(names(judgeRisk(login({ place: at(POTSDAM) }), [past({ at: NOW })], rules({ minTravelKm: 10 })).reasons), ['impossible_travel'])
})

t.test('what counts for a journey is where the user was last, whatever device that was', async (t) => {
  const tablet = past({ deviceId: 'tablet', location: LONDON, countries: ['GB'], at: NOW - 60_000 })
  t.same(judgeRisk(login({ place: at(LONDON) }), [past({ at: NOW - 120_000 }), tablet], rules()).reasons, [])
  t.same(names(judgeRisk(login({ place: at(BERLIN) }), [past({ at: NOW - 120_000 }), tablet], rules()).reasons), ['impossible_travel'])
  t.same(judgeRisk(login({ place: at(BERLIN) }), [past({ at: NOW + 60_000 })], rules()).reasons, [], 'a clock that was set back hurts nobody at the same place')
})

t.test('many wrong passwords before the right one are a reason', async (t) => {
  const failed = (count: number): RiskReason[] => judgeRisk(login({ failed: { count, withinMs: HOUR } }), [past()], rules()).reasons
  t.same(failed(4), [])
  t.same(failed(5), [{ reason: 'failed_logins', count: 5, withinMs: HOUR }])
})

t.test('what the database says of an address is a reason, at the first login too', async (t) => {
  const place = { ...NOWHERE, anonymous: ['tor'], datacentre: true, organization: 'Example Hosting' }
  t.same(judgeRisk(login({ place }), [], rules()), {
    newDevice: false,
    reasons: [{ reason: 'anonymous_address', kinds: ['tor'] }, { reason: 'datacentre', organization: 'Example Hosting' }],
    score: 50
  })
})

t.test('the scores decide where the app does not', async (t) => {
  t.equal(decisionOf(1_000, rules()), 'allow', 'nothing is refused by default')
  const strict = rules({ unconfirmedFrom: 30, denyFrom: 80 })
  t.same([29, 30, 79, 80].map((score) => decisionOf(score, strict)), ['allow', 'unconfirmed', 'unconfirmed', 'deny'])
})

t.test('a wrong option is refused by its name', async (t) => {
  t.equal(resolveRisk(undefined), null)
  t.equal(resolveRisk(false), null)
  t.same(resolveRisk(true), resolveRisk({}))
  const wrong: Array<[unknown, RegExp]> = [
    [5, /option "risk" must be true/], [{ weights: { new_devise: 1 } }, /risk\.weights\.new_devise.*did you mean risk\.weights\.new_device/], [{ weights: { new_device: -1 } }, /risk\.weights\.new_device/],
    [{ denyFrom: '80' }, /risk\.denyFrom/], [{ onRisk: 'deny' }, /risk\.onRisk/], [{ confirmWithinMs: 5 }, /risk\.confirmWithinMs/], [{ unconfirmedForm: 1 }, /did you mean risk\.unconfirmedFrom/]
  ]
  for (const [given, message] of wrong) t.throws(() => resolveRisk(given as RiskOptions), { code: 'SESSION_OPTION_INVALID', message })
})
