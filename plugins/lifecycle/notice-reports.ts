/** How the app hears of notices that can't be sent: a warning at the first attempt that fails, an error and an event when one is given up. */
import type { FastifyBaseLogger } from 'fastify'
import type { NoticesOptions } from '../../src/notices/notices.ts'
import type { SessionEmitter } from '../../src/session/session-events.ts'

export function createNoticeReports (log: Pick<FastifyBaseLogger, 'warn' | 'error'>, events: () => Pick<SessionEmitter, 'emit'>): Pick<NoticesOptions, 'onRetry' | 'onGivenUp'> {
  return {
    onRetry ({ id, kind, attempts }, err) {
      if (attempts === 1) log.warn({ err, notice: id, kind }, 'live-sessions: a notice could not be sent; it is tried again')
    },
    onGivenUp ({ id, userId, sessionId, kind, attempts }, err) {
      log.error({ err, notice: id, kind, userId, attempts }, 'live-sessions: a notice could not be sent, and is given up')
      events().emit('noticeFailed', { userId, sessionId, kind, attempts, error: err instanceof Error ? err.message : String(err) })
    }
  }
}
