/** What a login knows of who it may be, in its transaction, before it inserts. */
import type { RiskReason } from '../protocol.ts'

export const RISK_DECISIONS = ['allow', 'deny', 'unconfirmed'] as const
/** What is done about a risk: the login passes, is refused, or its session waits until it is confirmed on a known device. */
export type RiskDecision = typeof RISK_DECISIONS[number]

export interface Assessment {
  /** This user has signed in before, and never with this device. */
  newDevice: boolean
  reasons: RiskReason[]
  /** The sum of the reasons' weights. */
  score: number
  decision: RiskDecision
}
