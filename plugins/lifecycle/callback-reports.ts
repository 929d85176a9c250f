/**
 * How an app's developer hears of the app's own mistakes: in its log, and where it has none, as a warning of the
 * process.
 */
import type { FastifyBaseLogger } from 'fastify'

export interface CallbackReports {
  /** A function of the app's failed: nobody else tells. */
  failed: (error: Error) => void
  /**
   * Wraps a call of ours that an app may make wrongly: it rejects, and Fastify logs what a route rejects with, where
   * there is a log.
   */
  reportMisuse: ReportMisuse
}

export type ReportMisuse = <Given extends unknown[], Result>(
  call: (...given: Given) => Promise<Result>
) => (...given: Given) => Promise<Result>

export function createCallbackReports (log: FastifyBaseLogger): CallbackReports {
  const mute = isMute(log)
  return {
    failed (error) {
      if (mute) warn(error)
      else log.error({ err: error }, `live-sessions: ${error.message}`)
    },
    reportMisuse: (call) => async (...given) => {
      try {
        return await call(...given)
      } catch (error) {
        if (mute && error instanceof Error && 'code' in error && error.code === 'SESSION_CALL_INVALID') warn(error)
        throw error
      }
    }
  }
}

/**
 * Without a logger Fastify's stand-in does nothing at every level, and knows none. Whoever made one silent meant it.
 */
function isMute (log: object): boolean {
  return 'fatal' in log && 'trace' in log && log.fatal === log.trace && !('level' in log)
}

/** What is not as the app's developer will want it, though all works. */
export function warnDeveloper (log: Pick<FastifyBaseLogger, 'warn'>, code: string, message: string): void {
  if (isMute(log)) process.emitWarning(message, { type: 'LiveSessionsWarning', code })
  else log.warn(message)
}

function warn (error: Error): void {
  const { message, stack, cause } = error
  const code = 'code' in error ? String(error.code) : ''
  const thrown = cause instanceof Error ? cause.stack ?? String(cause) : `It threw ${String(cause)}`
  const detail = cause === undefined ? stack : thrown
  process.emitWarning(message, { type: 'LiveSessionsWarning', code, ...(detail === undefined ? {} : { detail }) })
}
