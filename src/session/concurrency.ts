/** Which sessions a login ends, and whether there is a place for it. Pure: rules over the user's living sessions. */
import type { PreventConcurrentLogin, SessionLimit, WhenFull } from '../options/options.ts'
import type { DeviceType } from '../protocol.ts'

/** A living session, as the rules see it. Times in ms since 1970. */
export interface ActiveSession {
  id: string
  deviceType: DeviceType
  deviceId: string | null
  clientId: string | null
  createdAt: number
  lastActivityAt: number
}

/** The login that asks for a place. */
export interface IncomingLogin {
  userId: string
  deviceType: DeviceType
  deviceId: string | null
  clientId: string | null
  /** Whose place it takes in its browser, whatever the rules say. */
  replaces?: ReadonlySet<string>
  /** The session that its browser is signed in to; if the rules end that one, it is replaced. */
  browserSession?: string | null
}

/** The rules for one login: the options', or what the app's functions said about this one. */
export interface ConcurrencyRules {
  preventConcurrentLogin: PreventConcurrentLogin
  /** Null: no limit. */
  limit: SessionLimit | null
  whenFull: WhenFull
  /** A login from the same device ends that device's older session. */
  replaceSameDevice: boolean
}

/** Why a login ends another session. */
export const EVICTION_REASONS = ['replaced', 'concurrent_login', 'session_limit'] as const
export type EvictionReason = typeof EVICTION_REASONS[number]

/** Whether a login gets a place, and who has to make room. One that gets none ends nothing. */
export interface Placement {
  /** There is no place: SESSION_LIMIT_REACHED. */
  limitReached: boolean
  /** Sessions to end, each with its reason. */
  end: Array<{ id: string, reason: EvictionReason }>
}

/** `living`: all active sessions of the user, in any order, read under the user's lock. */
export function decideLogin (
  living: readonly ActiveSession[],
  login: IncomingLogin,
  rules: ConcurrencyRules
): Placement {
  const end: Placement['end'] = []
  const staying: ActiveSession[] = []
  for (const session of living) {
    const reason = reasonToEnd(session, login, rules)
    if (reason === null) staying.push(session)
    else end.push({ id: session.id, reason })
  }
  const { limit, whenFull } = rules
  if (limit === null) return { limitReached: false, end }
  const counted = staying.filter((session) => countsFor(session, login, limit))
  const over = counted.length + 1 - limit.max
  if (over <= 0) return { limitReached: false, end }
  if (whenFull === 'deny' || limit.max < 1) return { limitReached: true, end: [] }
  const evicted = counted.sort(whenFull === 'evictOldest' ? byAge : byActivity).slice(0, over)
  for (const { id } of evicted) end.push({ id, reason: reasonFor(id, login, 'session_limit') })
  return { limitReached: false, end }
}

/** Limits apart; null: by these rules it stays. */
function reasonToEnd (session: ActiveSession, login: IncomingLogin, rules: ConcurrencyRules): EvictionReason | null {
  if (login.replaces?.has(session.id) === true) return 'replaced'
  return mustGo(session, login, rules) ? reasonFor(session.id, login, 'concurrent_login') : null
}

/** A browser that signs in again is told that, and of no rule. */
function reasonFor (id: string, { browserSession }: IncomingLogin, rule: EvictionReason): EvictionReason {
  return id === browserSession ? 'replaced' : rule
}

function mustGo (
  session: ActiveSession,
  login: IncomingLogin,
  { preventConcurrentLogin, replaceSameDevice }: ConcurrencyRules
): boolean {
  if (preventConcurrentLogin === 'logoutFromAllDevices') return true
  if (preventConcurrentLogin === 'logoutFromSameTypeDevices' && session.deviceType === login.deviceType) return true
  return replaceSameDevice && login.deviceId !== null && session.deviceId === login.deviceId
}

function countsFor (session: ActiveSession, login: IncomingLogin, { of = 'user' }: SessionLimit): boolean {
  return of === 'user' || session[of] === login[of]
}

/** Oldest first; equal times in the order of their ids, so that every node would choose the same. */
function byAge (a: ActiveSession, b: ActiveSession): number {
  return a.createdAt - b.createdAt || compareIds(a, b)
}

function byActivity (a: ActiveSession, b: ActiveSession): number {
  return a.lastActivityAt - b.lastActivityAt || byAge(a, b)
}

function compareIds (a: ActiveSession, b: ActiveSession): number {
  return a.id < b.id ? -1 : 1
}
