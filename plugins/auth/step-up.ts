/** Step-up: ending other sessions may need a login, or another proof of who it is, that is recent enough. */
import type { FastifyRequest } from 'fastify'
import { UnexpectedResult, type AskApp } from '../../src/app/callbacks.ts'
import { SessionUnconfirmed } from '../../src/errors.ts'
import type { StepUpFunction, StepUpQuestion } from '../../src/options/options.ts'
import { isoTime } from '../../src/session-row.ts'
import type { SessionManager } from '../../src/session/session-manager.ts'
import { guardedRecord, subjectOf } from './request-authentication.ts'

/** How recent the proof has to be for this session, in ms; null: none is needed. */
export type StepUpWithin = (session: StepUpQuestion) => Promise<number | null>

/**
 * Rejects with SESSION_UNCONFIRMED; with SESSION_REAUTHENTICATION_REQUIRED when the request's session was authenticated
 * too long ago.
 */
export type StepUp = (request: FastifyRequest) => Promise<void>

export function createStepUpWithin (option: number | null | StepUpFunction, askApp: AskApp): StepUpWithin {
  if (typeof option !== 'function') return async () => option
  return ({ id, userId, claims }) => askApp('reauthenticateWithinMs', () => option({ id, userId, claims }), readWithin)
}

function readWithin (given: unknown): number | null {
  if (given === null || given === Infinity) return null
  if (!Number.isSafeInteger(given) || (given as number) < 1) {
    throw new UnexpectedResult(given, 'a whole number of milliseconds from 1 on, or null for no need')
  }
  return given as number
}

/**
 * An ended session ends nobody else, and needs none. One that is not confirmed may be the very one that others are to
 * be saved from.
 */
export function createStepUp (
  manager: Pick<SessionManager, 'requireRecentAuthentication'>, withinOf: StepUpWithin
): StepUp {
  return async (request) => {
    if (!subjectOf(request).alive) return
    const record = guardedRecord(request)
    if (!record.confirmed) throw new SessionUnconfirmed()
    const withinMs = await withinOf(record)
    if (withinMs !== null) await manager.requireRecentAuthentication(record.id, withinMs)
  }
}

/**
 * Until when a proof of this time counts, by the plugin's own rule; null where there is none. No date is later than
 * JavaScript's last.
 */
export function untilOf (at: number, withinMs: number | null): string | null {
  return withinMs === null ? null : isoTime(Math.min(at + withinMs, LAST_TIME))
}

const LAST_TIME = 8.64e15
