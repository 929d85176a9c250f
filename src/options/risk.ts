/** What speaks against a login, how much, and what is done about it. */
import { OptionInvalid } from '../errors.ts'
import type { RiskDecision, RiskReason, Session } from '../protocol.ts'
import type { Claims, StoredUserId } from '../session-types.ts'
import { checkFunction, checkNumber, MAX_DURATION_MS, readGroup, rejectOption, type Defined } from './values.ts'

export type RiskReasonName = RiskReason['reason']

/** A login that something speaks against; its session is not there yet. */
export interface RiskQuestion {
  /** As it would become: who, with what device, from where. */
  session: Session & { userId: StoredUserId }
  /** What the app added to the token. */
  claims: Readonly<Claims>
  reasons: readonly RiskReason[]
  /** The sum of the reasons' weights. */
  score: number
}

/** What the app says about it; nothing leaves it to `unconfirmedFrom` and `denyFrom`. */
export type RiskFunction = (
  login: RiskQuestion
) => RiskDecision | null | undefined | Promise<RiskDecision | null | undefined>

export interface RiskOptions {
  /**
   * Decides about a login that something speaks against: let it pass (`'allow'`), refuse it (`'deny'`), or keep its
   * session unconfirmed. It is asked outside of any transaction, but for `openIn`, and again where the reasons changed
   * meanwhile. @default none: the scores below decide
   */
  onRisk?: RiskFunction
  /**
   * What each reason counts; 0 switches it off.
   * @default { new_device: 20, new_country: 30, new_address: 10, impossible_travel: 50, failed_logins: 20,
   * anonymous_address: 30, datacentre: 20, refused_device: 100 }
   */
  weights?: Partial<Record<RiskReasonName, number>>
  /** From this score on, a notice says that the login is suspicious, known device or not. @default 50 */
  suspiciousFrom?: number
  /** From this score on, a session stays unconfirmed until it is confirmed on another device. @default null, never */
  unconfirmedFrom?: number | null
  /** From this score on, a login is refused. @default null, never */
  denyFrom?: number | null
  /** Nobody travels faster than this, in km/h. @default 1_000 */
  maxKmPerHour?: number
  /** Places nearer than this are no journey: databases are that wrong. In km. @default 300 */
  minTravelKm?: number
  /** So many wrong passwords before the right one are many. They are counted for an hour, on each node. @default 5 */
  failedLogins?: number
  /** An unconfirmed session ends after this long. In ms. @default 900_000, 15 minutes */
  confirmWithinMs?: number
}

export type ResolvedRisk = Required<Omit<RiskOptions, 'onRisk' | 'weights'>> & {
  onRisk: RiskFunction | null,
  weights: Readonly<Record<RiskReasonName, number>>
}

export const RISK_WEIGHTS: Readonly<Record<RiskReasonName, number>> = {
  new_device: 20,
  new_country: 30,
  new_address: 10,
  impossible_travel: 50,
  failed_logins: 20,
  anonymous_address: 30,
  datacentre: 20,
  refused_device: 100
}
export const RISK_DEFAULTS = {
  suspiciousFrom: 50,
  unconfirmedFrom: null as number | null,
  denyFrom: null as number | null,
  maxKmPerHour: 1_000,
  minTravelKm: 300,
  failedLogins: 5,
  confirmWithinMs: 900_000
}
const MAX_SCORE = 1_000_000

/** Null: logins are not judged. */
export function resolveRisk (given: RiskOptions | true | false | null | undefined): ResolvedRisk | null {
  if (given === undefined || given === null || given === false) return null
  if (given !== true && typeof given !== 'object') {
    rejectOption('risk', 'true, false, or an object with onRisk, weights and thresholds', given)
  }
  const { weights, onRisk, ...thresholds }: Partial<Defined<RiskOptions>> = given === true
    ? {}
    : readGroup('risk', given, [...Object.keys(RISK_DEFAULTS), 'onRisk', 'weights']) ?? {}
  const resolved: ResolvedRisk = {
    ...RISK_DEFAULTS,
    ...thresholds,
    onRisk: onRisk ?? null,
    weights: { ...RISK_WEIGHTS, ...checkWeights(weights) }
  }
  if (onRisk !== undefined && onRisk !== null) {
    checkFunction('risk.onRisk', onRisk, 'that gives "allow", "deny" or "unconfirmed"')
  }
  for (const name of ['unconfirmedFrom', 'denyFrom'] as const) {
    if (resolved[name] !== null) checkNumber(`risk.${name}`, resolved[name], 1, MAX_SCORE, ', or null for never')
  }
  for (const name of ['suspiciousFrom', 'maxKmPerHour', 'failedLogins'] as const) {
    checkNumber(`risk.${name}`, resolved[name], 1, MAX_SCORE)
  }
  const { unconfirmedFrom, denyFrom } = resolved
  if (unconfirmedFrom !== null && denyFrom !== null && unconfirmedFrom >= denyFrom) {
    throw new OptionInvalid(
      'risk.unconfirmedFrom',
      `must be less than risk.denyFrom (${denyFrom}), not ${unconfirmedFrom}: what is denied needs no confirmation`
    )
  }
  checkNumber('risk.minTravelKm', resolved.minTravelKm, 0, 20_000)
  checkNumber('risk.confirmWithinMs', resolved.confirmWithinMs, 1_000, MAX_DURATION_MS)
  return resolved
}

function checkWeights (given: RiskOptions['weights']): Partial<Record<RiskReasonName, number>> {
  const weights = readGroup('risk.weights', given, Object.keys(RISK_WEIGHTS)) ?? {}
  for (const [name, weight] of Object.entries(weights)) checkNumber(`risk.weights.${name}`, weight, 0, MAX_SCORE)
  return weights
}
