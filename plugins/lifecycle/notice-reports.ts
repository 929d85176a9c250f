/** How the app hears of notices that can't be sent: a warning at the first failure, an error and an event at last. */
import type { FastifyBaseLogger } from 'fastify'
import type { NoticesOptions } from '../../src/notices/notices.ts'
import type { SessionEmitter } from '../../src/session/session-events.ts'

type Log = Pick<FastifyBaseLogger, 'warn' | 'error'>
type NoticeReports = Pick<NoticesOptions, 'onRetry' | 'onGivenUp'>

export function createNoticeReports (log: Log, events: () => Pick<SessionEmitter, 'emit'>): NoticeReports {
  return {
    onRetry ({ id, kind, attempts }, err) {
      if (attempts > 1) return
      log.warn({ err, notice: id, kind }, 'live-sessions: a notice could not be sent; it is tried again')
    },
    onGivenUp ({ id, userId, sessionId, kind, attempts }, err) {
      const error = err instanceof Error ? err.message : String(err)
      log.error({ err, notice: id, kind, userId, attempts }, 'live-sessions: a notice could not be sent: given up')
      events().emit('noticeFailed', { userId, sessionId, kind, attempts, error })
    }
  }
}
