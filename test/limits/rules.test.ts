/** Which sessions a login ends: pure rules, in a fixed order. */
import t from 'tap'
import fc from 'fast-check'
import type { DeviceType } from '../../src/protocol.ts'
import { decideLogin, type ConcurrencyRules, type Placement, type IncomingLogin, type ActiveSession } from '../../src/session/concurrency.ts'

const RULES: ConcurrencyRules = { preventConcurrentLogin: 'disabled', limit: null, whenFull: 'evictOldest', replaceSameDevice: true }
const LOGIN: IncomingLogin = { userId: 'anna', deviceType: 'desktop', deviceId: null, clientId: null }

function session (id: string, over: Partial<ActiveSession> = {}): ActiveSession {
  return { id, deviceType: 'desktop', deviceId: null, clientId: null, createdAt: 0, lastActivityAt: 0, ...over }
}

function ended ({ end }: Placement): string[] {
  return end.map(({ id }) => id)
}

t.test('without rules a login ends nothing', async (t) => {
  t.same(decideLogin([session('a'), session('b')], LOGIN, RULES), { limitReached: false, end: [] })
})

t.test('the oldest go first; the id decides between equal times, whatever the order of the rows', async (t) => {
  const rows = [session('d', { createdAt: 5 }), session('b', { createdAt: 1 }), session('c', { createdAt: 1 }), session('a', { createdAt: 9 })]
  const rules = { ...RULES, limit: { max: 2 } }
  t.same(ended(decideLogin(rows, LOGIN, rules)), ['b', 'c', 'd'])
  t.same(ended(decideLogin([...rows].reverse(), LOGIN, rules)), ['b', 'c', 'd'])
  t.same(decideLogin(rows, LOGIN, { ...RULES, limit: { max: 4 } }).end, [{ id: 'b', reason: 'session_limit' }])
})

t.test('the least recently active go first; then the oldest, then the id', async (t) => {
  const rows = [
    session('d', { lastActivityAt: 7, createdAt: 1 }), session('c', { lastActivityAt: 3, createdAt: 4 }),
    session('b', { lastActivityAt: 3, createdAt: 4 }), session('a', { lastActivityAt: 3, createdAt: 6 })
  ]
  const rules: ConcurrencyRules = { ...RULES, limit: { max: 1 }, whenFull: 'evictLeastRecentlyActive' }
  t.same(ended(decideLogin(rows, LOGIN, rules)), ['b', 'c', 'a', 'd'])
  t.same(ended(decideLogin([...rows].reverse(), LOGIN, rules)), ['b', 'c', 'a', 'd'])
})

t.test('a limit of one device type counts that type alone', async (t) => {
  const rows = [session('phone', { deviceType: 'mobile' }), session('old', { createdAt: 1 }), session('new', { createdAt: 2 })]
  t.same(ended(decideLogin(rows, LOGIN, { ...RULES, limit: { max: 2, of: 'deviceType' } })), ['old'])
  t.same(ended(decideLogin(rows, { ...LOGIN, deviceType: 'tablet' }, { ...RULES, limit: { max: 1, of: 'deviceType' } })), [])
})

t.test('a limit of one client counts that client alone; those without one count together', async (t) => {
  const rows = [session('shop', { clientId: 'shop' }), session('none')]
  const rules: ConcurrencyRules = { ...RULES, limit: { max: 1, of: 'clientId' } }
  t.same(ended(decideLogin(rows, { ...LOGIN, clientId: 'shop' }, rules)), ['shop'])
  t.same(ended(decideLogin(rows, LOGIN, rules)), ['none'])
  t.same(ended(decideLogin(rows, { ...LOGIN, clientId: 'admin' }, rules)), [])
})

t.test('a full account denies, and ends nothing', async (t) => {
  const rules: ConcurrencyRules = { ...RULES, limit: { max: 1 }, whenFull: 'deny' }
  t.same(decideLogin([session('a')], LOGIN, rules), { limitReached: true, end: [] })
  t.same(decideLogin([], LOGIN, rules), { limitReached: false, end: [] })
  t.same(decideLogin([], LOGIN, { ...RULES, limit: { max: 0 } }), { limitReached: true, end: [] }, 'nobody gets in where there is no place at all')
})

t.test('the same device comes again: its old session makes the place, and nobody is denied', async (t) => {
  const rows = [session('mine', { deviceId: 'd1', createdAt: 9 }), session('other', { deviceId: 'd2' })]
  const login = { ...LOGIN, deviceId: 'd1' }
  for (const whenFull of ['deny', 'evictOldest'] as const) {
    t.same(decideLogin(rows, login, { ...RULES, limit: { max: 2 }, whenFull }), { limitReached: false, end: [{ id: 'mine', reason: 'concurrent_login' }] })
  }
  t.same(ended(decideLogin(rows, login, { ...RULES, replaceSameDevice: false, limit: { max: 2 } })), ['other'])
  t.same(ended(decideLogin([session('a'), session('b')], LOGIN, RULES)), [], 'devices without an id are not the same device')
})

t.test('ABP: all devices go, or those of the same type', async (t) => {
  const rows = [session('phone', { deviceType: 'mobile' }), session('laptop')]
  t.same(decideLogin(rows, LOGIN, { ...RULES, preventConcurrentLogin: 'logoutFromAllDevices' }).end,
    [{ id: 'phone', reason: 'concurrent_login' }, { id: 'laptop', reason: 'concurrent_login' }])
  t.same(ended(decideLogin(rows, LOGIN, { ...RULES, preventConcurrentLogin: 'logoutFromSameTypeDevices' })), ['laptop'])
})

t.test('whatever the rules and rows: a login that is not denied leaves no more than the limit, and ends no session twice', async (t) => {
  const types: DeviceType[] = ['desktop', 'mobile']
  const living = fc.uniqueArray(fc.record({
    id: fc.uuid(),
    deviceType: fc.constantFrom(...types),
    deviceId: fc.constantFrom('d1', 'd2', null),
    clientId: fc.constantFrom('c1', null),
    createdAt: fc.nat(3),
    lastActivityAt: fc.nat(3)
  }), { selector: ({ id }) => id, maxLength: 8 })
  const login = fc.record({ userId: fc.constant('anna'), deviceType: fc.constantFrom(...types), deviceId: fc.constantFrom('d1', null), clientId: fc.constantFrom('c1', null) })
  const rules = fc.record({
    preventConcurrentLogin: fc.constantFrom('disabled', 'logoutFromSameTypeDevices', 'logoutFromAllDevices'),
    limit: fc.record({ max: fc.integer({ min: 1, max: 4 }), of: fc.constantFrom('user', 'deviceType', 'clientId') }),
    whenFull: fc.constantFrom('evictOldest', 'evictLeastRecentlyActive', 'deny'),
    replaceSameDevice: fc.boolean()
  })
  fc.assert(fc.property(living, login, rules as fc.Arbitrary<ConcurrencyRules>, (rows, coming, given) => {
    const decision = decideLogin(rows, coming, given)
    const gone = new Set(ended(decision))
    if (gone.size !== decision.end.length || (decision.limitReached && gone.size > 0)) return false
    const { max, of = 'user' } = given.limit ?? { max: 0 }
    const counted = rows.filter((row) => !gone.has(row.id) && (of === 'user' || row[of] === coming[of]))
    return decision.limitReached ? given.whenFull === 'deny' : counted.length + 1 <= max
  }))
  t.pass('held in every case')
})
