/** Step-up: ending other sessions may need a login, or a confirmed password, that is recent enough. */
import type { SessionManager } from '../src/session/session-manager.ts'
import { subjectOf } from './current-session.ts'
import type { FastifyRequest } from 'fastify'

/** Rejects with SESSION_REAUTHENTICATION_REQUIRED when the request's session was authenticated too long ago. */
export type StepUp = (request: FastifyRequest) => Promise<void>

/** `withinMs` null: no step-up. An ended session ends nobody else, and needs none. */
export function createStepUp (manager: Pick<SessionManager, 'requireRecentAuthentication'>, withinMs: number | null): StepUp {
  return async (request) => {
    const { id, alive } = subjectOf(request)
    if (withinMs !== null && alive) await manager.requireRecentAuthentication(id, withinMs)
  }
}
