/** A login's transaction, under its user's lock on all nodes: which sessions have to go, the token, the rows. */
import type { AddressRule } from '../address.ts'
import { InvalidCredentials, SessionLimitReached, StoreUnavailable } from '../errors.ts'
import { decideLogin, EVICTION_REASONS, type ConcurrencyRules, type Placement } from './concurrency.ts'
import type { EndedSession } from './ended-session.ts'
import type { Assess, RiskAnswer } from '../notices/assess.ts'
import type { Past } from '../notices/known-devices.ts'
import type { CheckedLogin, DeniedLogin, OpenedRow, TokenContent } from './login-request.ts'
import { noticeOfLogin, sessionOf, type NotedLogin, type Noting } from './noting.ts'
import type { ActiveDevice } from './store/logins.ts'
import type { Queries } from './store/store.ts'

export interface LoginTransactionOptions {
  signToken: (content: TokenContent) => string
  assess: Assess
  /** What is kept of addresses. */
  addressRule: AddressRule
  /** Which logins are told to their user; null: none. */
  noting?: Noting | null
  absoluteTimeoutMs: number
}

/**
 * Opens the session with this id. Rejects with INVALID_CREDENTIALS when the user's credentials changed since the login
 * began, with SESSION_LIMIT_REACHED, with SESSION_STORE_UNAVAILABLE when nobody knows what it may count on, and before
 * it has written anything with `RiskUnanswered` when the app has to be asked about it; `answer` is what it said the
 * last time.
 */
export type LoginTransaction = (
  queries: Queries,
  id: string,
  login: CheckedLogin,
  rules: ConcurrencyRules,
  answer: RiskAnswer | null
) => Promise<OpenedRow | DeniedLogin>

/** Everything in here must not change between looking and doing. */
export function createLoginTransaction (
  { signToken, assess, addressRule, noting = null, absoluteTimeoutMs }: LoginTransactionOptions
): LoginTransaction {
  return async (queries, id, login, rules, answer) => {
    const { userId, claims, device, deviceId, clientId, asOf } = login
    const ip = addressRule.kept(login.ip)
    if (asOf === null) throw new StoreUnavailable()
    const at = await queries.lockForLogin(userId)
    const { knownDevicesMs } = assess
    const { changed, active, past } = await queries.lookForLogin({ userId, deviceId, asOf, knownDevicesMs })
    if (changed) throw new InvalidCredentials()
    const clicks = await otherClicks(queries, active, { ...login, ip }, rules)
    const assessment = assess.assess(id, login, withoutClicks(past, clicks), at, answer)
    const { decision: riskDecision, kind, location, confirmWithinMs, reasons, score } = assessment
    const assessed = { userId, kind, ip, decision: riskDecision, reasons, score }
    const method = login.method ?? null
    const noted = { kind, device, deviceId, clientId, ip, location, method, reasons }
    if (riskDecision === 'deny') {
      await queries.noteAssessment({ ...assessed, sessionId: null })
      await note({ ...noted, sessionId: null })
      return { denied: assessment }
    }
    const browserSession = login.browser?.session ?? null
    const replaces = new Set(clicks.map(({ id }) => id))
    if (browserSession !== null && login.browser?.replaces === true) replaces.add(browserSession)
    const incoming = { userId, deviceId, clientId, deviceType: device.deviceType, replaces, browserSession }
    const placement = decideLogin(active, incoming, rules)
    if (placement.limitReached) throw new SessionLimitReached()
    // Before anything is written, which an app that catches this may commit: claims that fit into no token leave no
    // session behind.
    const token = signToken({
      ...claims,
      sub: userId,
      session_id: id,
      iat: Math.floor(at / 1_000),
      exp: Math.floor((at + absoluteTimeoutMs) / 1_000)
    })
    const evicted = await endEvicted(queries, login, placement)
    // Another user's: no rule of this login's looks at it.
    const others = [...replaces].filter((id) => !active.some((session) => session.id === id))
    if (others.length > 0) evicted.push(...await queries.end({ ids: others }, { reason: 'replaced', by: 'system', ip }))
    const bounded = evicted.length > 0 || rules.limit !== null || rules.preventConcurrentLogin !== 'disabled'
    const gone = bounded ? [...evicted, ...await earlierEnds(queries, userId, evicted)] : []
    // This device is the browser's; whoever kept the other click's would be known by that, and be silent.
    if (clicks.length > 0) await queries.forgetDevicesOf(clicks.map(({ id }) => id))
    const row = await queries.insert({
      id,
      userId,
      clientId,
      deviceId,
      device,
      ip,
      absoluteTimeoutMs,
      location,
      confirmWithinMs,
      // One that waits for a confirmation is not known before it has come.
      knownIn: confirmWithinMs === null ? { network: addressRule.network(login.ip) } : undefined
    })
    if (kind !== null || reasons.length > 0) await queries.noteAssessment({ ...assessed, sessionId: id })
    return { denied: null, row, token, gone, noticed: await note({ ...noted, sessionId: id }) }

    /** Whether there is something to be sent about it. */
    async function note (noted: NotedLogin): Promise<boolean> {
      if (noting === null) return false
      if (noted.sessionId !== null && clicks.length > 0) {
        const moved = { session: sessionOf(noted), deviceId }
        if (await queries.moveNotices(clicks.map(({ id }) => id), moved)) return true
      }
      const notice = noticeOfLogin(noting, noted)
      if (notice !== null) await queries.noteNotice([userId], notice)
      return notice !== null
    }
  }
}

/**
 * Sessions of the same browser, as far as anybody can tell, whose logins had not been answered when this one came: one
 * button, clicked twice.
 */
async function otherClicks (
  queries: Queries,
  active: readonly ActiveDevice[],
  { begun, device, clientId, ip }: CheckedLogin,
  { replaceSameDevice }: ConcurrencyRules
): Promise<ActiveDevice[]> {
  if (begun === null || !replaceSameDevice) return []
  const alike = active.filter((other) => other.deviceId !== null && other.ip === ip && other.clientId === clientId &&
    other.deviceName === device.deviceName && other.deviceType === device.deviceType)
  if (alike.length === 0) return []
  const opened = await queries.openedSince(alike.map(({ id }) => id), begun)
  return alike.filter(({ id }) => opened.includes(id))
}

/** As if the button had been clicked once: what the other click left behind says nothing of this one. */
function withoutClicks (past: readonly Past[], clicks: readonly ActiveDevice[]): Past[] {
  return past.filter(({ deviceId, since }) =>
    !clicks.some((click) => since === click.createdAt && (deviceId === null || deviceId === click.deviceId)))
}

/** Those that the rules chose. */
async function endEvicted (
  queries: Queries,
  { userId, ip }: CheckedLogin,
  { end }: Placement
): Promise<EndedSession[]> {
  const evicted: EndedSession[] = []
  for (const reason of EVICTION_REASONS) {
    const ids = end.filter((session) => session.reason === reason).map(({ id }) => id)
    if (ids.length > 0) evicted.push(...await queries.end({ ids }, { reason, by: userId, ip }))
  }
  return evicted
}

/**
 * What the user's earlier logins and logouts ended keeps its place while some node may still admit it: nobody else may
 * have waited for that yet.
 */
async function earlierEnds (
  queries: Queries,
  userId: string,
  evicted: readonly EndedSession[]
): Promise<EndedSession[]> {
  const known = new Set(evicted.map(({ id }) => id))
  return (await queries.unappliedEnds({ userId })).filter(({ id }) => !known.has(id))
}
