/**
 * Administrators: search everybody's sessions, look at one with its events, end one, a user's, or all that match a
 * filter.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { normalizeAddress } from '../../src/address.ts'
import type { Admission } from '../../src/admission/admission.ts'
import { Rejection } from '../../src/admission/admission-result.ts'
import type { AskApp } from '../../src/app/callbacks.ts'
import { ArgumentInvalid } from '../../src/errors.ts'
import type { AdminOptions } from '../../src/options/options.ts'
import type { RevocationReport } from '../../src/protocol.ts'
import type { Administration } from '../../src/session/administration.ts'
import { nearestName } from '../../src/options/near-misses.ts'
import { inWords } from '../../src/options/values.ts'
import { FILTER_NAMES, type SessionFilter } from '../../src/session/store/filter.ts'
import type { Cause } from '../../src/session/ended-session.ts'
import type { SessionManager } from '../../src/session/session-manager.ts'
import type { UserQueue } from '../../src/session/user-queue.ts'
import { createAdminGuard } from '../auth/admin-guard.ts'
import { guardedRecord, subjectOf } from '../auth/request-authentication.ts'
import { inScope } from '../in-scope.ts'
import { readNumbers } from './compilers.ts'
import { routeSchemas } from './schemas/index.ts'
import type { StepUp } from '../auth/step-up.ts'

export interface AdminRoutesOptions {
  admin: AdminOptions<FastifyRequest>
  askApp: AskApp
  administration: Administration
  /** Those of one administrator come one after the other. */
  lists: UserQueue
  admission: Admission
  manager: SessionManager
  stepUp: StepUp
}

const DEFAULT_LIMIT = 50

/**
 * Fastify takes 100 characters for a parameter, unless the app says more, and a user's id may have 255. A longer one
 * comes in three pieces.
 */
const LONG_USER_ID = '/admin/users/:userId([^]{100}):more([^]{1,100}):rest([^]{0,100})/sessions'

function joinUserId (request: FastifyRequest, _reply: FastifyReply, done: () => void): void {
  const { userId, more, rest } = request.params as Record<string, string>
  request.params = { userId: `${userId}${more}${rest}` }
  done()
}

export const adminRoutes = inScope<FastifyPluginAsyncTypebox<AdminRoutesOptions>>('admin', async (app, options) => {
  const { admin, askApp, administration, lists, admission, manager, stepUp } = options
  const guards = createAdminGuard(admin, admission, askApp)

  /** The administrator's own session may be among those that ended; that it can't be checked just now says nothing. */
  async function clearIfOwn (request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const result = await admission.stillAdmitted(guardedRecord(request))
    if (result instanceof Rejection && result.endedSession !== null) reply.clearSession()
  }

  app.get('/admin/sessions', {
    ...guards,
    preValidation: readNumbers('limit'),
    schema: routeSchemas.adminSearch
  }, async (request) => {
    const { cursor, limit = DEFAULT_LIMIT, ...filter } = request.query
    const { id, userId } = subjectOf(request)
    return await lists.run(userId, () => administration.search(filter, { cursor, limit, currentId: id }))
  })

  app.get('/admin/sessions/:id', { ...guards, schema: routeSchemas.adminGet }, async (request) => {
    const { id, userId } = subjectOf(request)
    const { params, query } = request
    return await lists.run(userId, () => administration.get(params.id, { currentId: id, cursor: query.cursor }))
  })

  app.delete('/admin/sessions/:id', { ...guards, schema: routeSchemas.adminRevoke }, async (request, reply) => {
    await stepUp(request)
    const report = await manager.revoke(request.params.id, causeOf(request))
    await clearIfOwn(request, reply)
    return report
  })

  async function revokeUser (
    userId: string, reason: Cause['reason'] | undefined, request: FastifyRequest, reply: FastifyReply
  ): Promise<RevocationReport> {
    await stepUp(request)
    const report = await manager.revokeUser(userId, causeOf(request, reason))
    await clearIfOwn(request, reply)
    return report
  }

  app.delete('/admin/users/:userId/sessions', {
    ...guards,
    schema: routeSchemas.adminRevokeUser
  }, async (request, reply) => {
    return await revokeUser(request.params.userId, request.query.reason, request, reply)
  })
  app.delete(LONG_USER_ID, {
    ...guards,
    onRequest: [joinUserId, ...guards.onRequest],
    schema: { ...routeSchemas.adminRevokeUser, hide: true }
  }, async (request, reply) => {
    return await revokeUser(request.params.userId, request.query.reason, request, reply)
  })

  app.post('/admin/sessions/revoke', { ...guards, schema: routeSchemas.adminRevokeWhere }, async (request, reply) => {
    const { dryRun = false, reason } = request.body
    checkNames('body', request.body, ['filter', 'dryRun', 'reason'])
    const filter = checkFilter(request.body.filter)
    if (dryRun) return { dryRun, count: await administration.countWhere(filter) }
    await stepUp(request)
    const report = await administration.revokeWhere(filter, causeOf(request, reason))
    await clearIfOwn(request, reply)
    return report
  })
})

function causeOf (request: FastifyRequest, reason: Cause['reason'] = 'revoked_by_admin'): Cause {
  return { reason, by: subjectOf(request).userId, ip: normalizeAddress(request.ip) }
}

/** A misspelt `dryRun`, or condition, would mean more than was meant. */
function checkNames (place: string, given: object, known: readonly string[]): void {
  const unknown = Object.keys(given).find((name) => !known.includes(name))
  if (unknown === undefined) return
  const near = nearestName(unknown, known)
  throw new ArgumentInvalid(`${place} must not have ${inWords(unknown)}; ${
    near === null ? `it may have ${known.join(', ')}` : `did you mean ${near}?`
  }`)
}

/** An empty one would mean everybody. */
function checkFilter (given: SessionFilter & { all?: boolean }): SessionFilter {
  checkNames('body/filter', given, [...FILTER_NAMES, 'all'])
  const { all, ...filter } = given
  const names = Object.keys(filter)
  if (all === true && names.length > 0) {
    throw new ArgumentInvalid('body/filter must not have other conditions beside "all"')
  }
  if (all !== true && names.length === 0) {
    throw new ArgumentInvalid('body/filter must have a condition; for everybody\'s sessions send {"all": true}')
  }
  return { ...filter, ...checkTimes(filter) }
}

/**
 * What a date-time may say and PostgreSQL does not know, a year 0 or an offset of 23 hours, is the sender's mistake and
 * no 503.
 */
function checkTimes (filter: SessionFilter): SessionFilter {
  const times: SessionFilter = {}
  for (const name of ['createdBefore', 'inactiveSince'] as const) {
    const given = filter[name]
    if (given === undefined) continue
    const time = new Date(given)
    const year = time.getUTCFullYear()
    if (Number.isNaN(year) || year < 1 || year > 9_999) {
      throw new ArgumentInvalid(`body/filter/${name} must be a time that exists`)
    }
    times[name] = time.toISOString()
  }
  return times
}
