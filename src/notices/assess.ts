/**
 * What a login knows of who it may be, under its user's lock, before it inserts; and the app's word on it, which no
 * transaction waits for.
 */
import type { AddressRule } from '../address.ts'
import { UnexpectedResult, type AskApp } from '../app/callbacks.ts'
import { inTime } from '../async/in-time.ts'
import type { Clock } from '../clock.ts'
import type { ResolvedRisk, RiskQuestion } from '../options/risk.ts'
import { RISK_DECISIONS, type NoticeKind, type RiskDecision, type RiskReason } from '../protocol.ts'
import type { Past } from './known-devices.ts'
import type { Places } from './places.ts'
import type { KeptLocation, Place } from './places-record.ts'
import { decisionOf, isNewDevice, isRefused, judgeRisk, type Risk } from './risk.ts'
import { createRiskQuestion, type LoginInQuestion } from './risk-question.ts'

export interface Assessment {
  /** This user has signed in before, and never with this device. */
  newDevice: boolean
  reasons: RiskReason[]
  /** The sum of the reasons' weights. */
  score: number
  decision: RiskDecision
  /** What the user's other devices, and the user, are told of it; null: nothing. */
  kind: NoticeKind | null
  location: KeptLocation | null
  /** An unconfirmed session ends after this long, in ms; null: it need not be confirmed. */
  confirmWithinMs: number | null
}

/** A login, as it is assessed. */
export interface AssessedLogin extends LoginInQuestion {
  deviceId: string | null
  /** Wrong passwords for this account since the last right one. */
  failedLogins?: number | undefined
}

/** What the app said, and about which reasons. */
export interface RiskAnswer {
  about: string
  decision: RiskDecision | null
}

/** The app has to be asked first, outside of the transaction that throws this: it wrote nothing. */
export class RiskUnanswered extends Error {
  readonly statusCode = 500
  readonly about: string
  readonly question: RiskQuestion

  constructor (about: string, question: RiskQuestion) {
    super('the app has to be asked about a login')
    this.about = about
    this.question = question
  }
}

export interface AssessOptions {
  places: Pick<Places, 'of'>
  addressRule: AddressRule
  /** Null: only whether the device is new. */
  risk: ResolvedRisk | null
  /** Whether anybody wants to know: risk is on, or notices are sent. */
  noticed: boolean
  knownDevicesMs: number
  absoluteTimeoutMs: number
  idleTimeoutMs: number
  askApp: AskApp
  clock: Pick<Clock, 'setTimer'>
}

/** Failed logins are counted for so long, in ms. */
export const FAILED_WITHIN_MS = 3_600_000
/** The reasons may change while the app is asked; not for ever. */
const MAX_QUESTIONS = 3
/** How long `onRisk` may take, in ms: the user's other logins wait behind this one. */
const ANSWER_WITHIN_MS = 5_000

export type Assess = ReturnType<typeof createAssess>

export function createAssess (options: AssessOptions) {
  const { places, addressRule, risk, noticed, knownDevicesMs, askApp, clock } = options
  const questionOf = createRiskQuestion(options)

  /** Those that were noted when more was kept, and those of sessions, as they would be noted today. */
  function asNoted ({ networks, ...past }: Past): Past {
    return { ...past, networks: networks.flatMap((network) => addressRule.network(network) ?? []) }
  }

  function judge (login: AssessedLogin, place: Place, past: readonly Past[], at: number): Risk {
    const { deviceId, device: { deviceName }, ip, failedLogins = 0 } = login
    if (risk === null) return { newDevice: isNewDevice(deviceId, past), reasons: [], score: 0 }
    const failed = { count: failedLogins, withinMs: FAILED_WITHIN_MS }
    const seen = { deviceId, deviceName, network: addressRule.network(ip), place, failed, at }
    return judgeRisk(seen, past.map(asNoted), risk)
  }

  function decide (
    id: string,
    login: AssessedLogin,
    place: Place,
    at: number,
    judged: Risk,
    answer: RiskAnswer | null
  ): RiskDecision {
    if (risk === null || judged.reasons.length === 0) return 'allow'
    if (risk.onRisk === null) return decisionOf(judged.score, risk)
    const about = judged.reasons.map(({ reason }) => reason).join(' ')
    // Of one login the facts are the same each time; which reasons there are, others' logins may have changed.
    if (answer?.about !== about) throw new RiskUnanswered(about, questionOf(id, login, place.location, at, judged))
    return answer.decision ?? decisionOf(judged.score, risk)
  }

  function kindOf (judged: Risk, decision: RiskDecision): NoticeKind | null {
    if (!noticed) return null
    const suspicious = decision !== 'allow' || (risk !== null && judged.score >= risk.suspiciousFrom)
    if (suspicious) return 'suspicious'
    return judged.newDevice ? 'new_device' : null
  }

  async function ask (question: RiskQuestion): Promise<RiskDecision | null> {
    return await askApp('risk.onRisk', () => inTime(clock, ANSWER_WITHIN_MS, risk?.onRisk?.(question)), readDecision)
  }

  return {
    /** How long a device is known, in ms; null: nobody wants to know, but for this device's being refused. */
    knownDevicesMs: noticed ? knownDevicesMs : null,

    /**
     * Under the lock of the login's user: nobody else's login of theirs comes between looking and inserting. Throws
     * {@link RiskUnanswered} where the app has to be asked about just these reasons.
     */
    assess (
      id: string,
      login: AssessedLogin,
      past: readonly Past[],
      at: number,
      answer: RiskAnswer | null
    ): Assessment {
      const place = places.of(login.ip)
      const judged = judge(login, place, past, at)
      const decision = isRefused(login.deviceId, past) ? 'deny' : decide(id, login, place, at, judged, answer)
      return {
        ...judged,
        decision,
        kind: kindOf(judged, decision),
        location: place.location,
        confirmWithinMs: decision === 'unconfirmed' ? risk?.confirmWithinMs ?? null : null
      }
    },

    /**
     * Runs a login, and asks the app between its transactions as often as its reasons turn out to be others; the last
     * answer counts, whatever it was about.
     */
    async answering<T> (open: (answer: RiskAnswer | null) => Promise<T>): Promise<T> {
      let answer: RiskAnswer | null = null
      for (let left = MAX_QUESTIONS; ; left--) {
        try {
          return await open(answer)
        } catch (error) {
          if (!(error instanceof RiskUnanswered)) throw error
          const decision: RiskDecision | null = answer === null || left > 0
            ? await ask(error.question)
            : answer.decision
          answer = { about: error.about, decision }
        }
      }
    }
  }
}

function readDecision (given: unknown): RiskDecision | null {
  if (given === null || given === undefined) return null
  if (!RISK_DECISIONS.includes(given as RiskDecision)) {
    throw new UnexpectedResult(given, '"allow", "deny" or "unconfirmed", or nothing where the scores are to decide')
  }
  return given as RiskDecision
}
