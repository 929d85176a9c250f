/** What a login knows of who it may be, in its transaction, before it inserts. */
import type { RiskDecision, RiskReason } from '../protocol.ts'

export interface Assessment {
  /** This user has signed in before, and never with this device. */
  newDevice: boolean
  reasons: RiskReason[]
  /** The sum of the reasons' weights. */
  score: number
  decision: RiskDecision
}
