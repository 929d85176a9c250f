/**
 * What the log says of a lost PostgreSQL or Redis: once when it goes, with what that means, and once when it is back.
 */
import type { FastifyBaseLogger } from 'fastify'
import { databaseProblem } from '../../src/database/driver-problems.ts'
import { describeAddress } from '../../src/database/problem.ts'
import type { DatabaseAddress } from '../../src/database/start-connection.ts'
import { warnDeveloper } from './callback-reports.ts'
import type { RedisProblem } from '../../src/revocation/redis-problems.ts'

export interface LinkLog {
  /** Null: it is back. */
  redis: (lost: RedisProblem | null) => void
  renewalFailed: (error: unknown) => void
  renewed: () => void
}

export interface LinkLogOptions {
  log: Pick<FastifyBaseLogger, 'debug' | 'info' | 'warn' | 'error'>
  /** PostgreSQL's. */
  address: DatabaseAddress
  schema: string
  renewalMs: number
  leaseMs: number
}

export function createLinkLog ({ log, address, schema, renewalMs, leaseMs }: LinkLogOptions): LinkLog {
  let lost = false
  return {
    redis (problem) {
      if (problem === null) {
        log.info('live-sessions: Redis is back; nodes hear of ends at once again')
        return
      }
      const until = `Until it is back, nodes hear of ends within ${inSeconds(renewalMs)} instead of at once`
      warnDeveloper(log, 'SESSION_REDIS_LOST',
        `live-sessions: ${problem.what}. ${until}; nobody is let in wrongly. Remedy: ${problem.remedy}`)
    },
    renewalFailed (err) {
      const { message, remedy } = databaseProblem(err, { address, schema, option: 'option "database"' })
      const words = `live-sessions: ${message}`
      const until = `At most ${inSeconds(leaseMs)} after the last renewal, guarded routes answer 503`
      if (lost) log.debug({ err }, words)
      else log.error({ err }, `${words}. ${until}. Remedy: ${remedy}`)
      lost = true
    },
    renewed () {
      if (lost) log.info(`live-sessions: ${describeAddress(address)} is back`)
      lost = false
    }
  }
}

function inSeconds (ms: number): string {
  return `${ms / 1_000} s`
}
