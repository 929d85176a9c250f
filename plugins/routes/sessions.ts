/** A person's own sessions: list, look, rename, end one, the others, or all. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { normalizeAddress } from '../../src/address.ts'
import { cleanDeviceName } from '../../src/device/device.ts'
import { ArgumentInvalid, SessionUnconfirmed } from '../../src/errors.ts'
import type { Cause } from '../../src/session/ended-session.ts'
import type { SessionRecord } from '../../src/admission/session-record.ts'
import type { Session } from '../../src/protocol.ts'
import type { SessionManager } from '../../src/session/session-manager.ts'
import { presentSession } from '../../src/session-row.ts'
import { inScope } from '../in-scope.ts'
import { createRateLimit } from './rate-limit.ts'
import { allowEnded, allowEndedSelf } from '../auth/allow-ended.ts'
import { requireConfirmedSession } from '../auth/confirmed-session.ts'
import { requireSession } from '../auth/guards.ts'
import { guardedRecord, subjectOf } from '../auth/request-authentication.ts'
import { routeSchemas } from './schemas/index.ts'
import type { StepUp } from '../auth/step-up.ts'

export interface SessionRoutesOptions {
  manager: SessionManager
  stepUp: StepUp
  /** The database's time, in ms since 1970. */
  now: () => number
  idleTimeoutMs: number
}

/** Each is a write, and a message to every socket of the user. */
const RENAMES_PER_MINUTE = 240

export const sessionRoutes = inScope<FastifyPluginAsyncTypebox<SessionRoutesOptions>>('sessions', async (app, options) => {
  const { manager, stepUp, now, idleTimeoutMs } = options
  const renames = createRateLimit(RENAMES_PER_MINUTE)

  /** The current one is active right now. */
  function present ({ id, row }: SessionRecord): Session {
    const active = { ...row, lastActivityAt: Math.max(row.lastActivityAt, now()) }
    return presentSession(active, { currentId: id, idleTimeoutMs })
  }

  app.get('/sessions', { onRequest: requireSession, schema: routeSchemas.list }, async (request, reply) => {
    const record = guardedRecord(request)
    // Whoever it may be learns nothing of the user's other devices.
    if (!record.confirmed) return [present(record)]
    const { id, userId } = record
    const { include, cursor } = request.query
    const includeEnded = include === 'ended'
    const { items, nextCursor } = await manager.listPage(userId, { currentId: id, includeEnded, cursor })
    if (nextCursor !== null) {
      const query = { ...(include === undefined ? {} : { include }), cursor: nextCursor }
      reply.header('link', `<${nextPage(request.url, query)}>; rel="next"`)
    }
    return items
  })

  app.get('/sessions/current', { onRequest: requireSession, schema: routeSchemas.current }, async (request) => {
    // From memory, so that a storm of clients that come back costs no query. It is active right now.
    return present(guardedRecord(request))
  })

  app.get('/sessions/:id', { onRequest: requireSession, schema: routeSchemas.get }, async (request) => {
    const { id, userId, confirmed } = guardedRecord(request)
    if (!confirmed && request.params.id.toLowerCase() !== id) throw new SessionUnconfirmed()
    return await manager.get(request.params.id, { userId, currentId: id })
  })

  app.patch('/sessions/:id', { onRequest: requireConfirmedSession, schema: routeSchemas.rename }, async (request) => {
    const { id, userId } = subjectOf(request)
    const deviceName = cleanDeviceName(request.body.deviceName)
    if (deviceName === null) throw new ArgumentInvalid('body/deviceName must have 1 to 100 visible characters')
    await renames.take(userId)
    return await manager.rename(request.params.id, deviceName, { userId, currentId: id })
  })

  app.post(
    '/sessions/:id/confirm',
    { onRequest: requireConfirmedSession, schema: routeSchemas.confirm },
    async (request) => {
      await stepUp(request)
      const { id, userId } = subjectOf(request)
      return await manager.confirm(request.params.id, { userId, from: id })
    }
  )

  app.delete('/sessions/others', { onRequest: requireSession, schema: routeSchemas.revokeOthers }, async (request) => {
    await stepUp(request)
    const { id, userId } = subjectOf(request)
    return await manager.revokeUser(userId, { except: id, ...byOwner(request) })
  })

  app.delete('/sessions', { onRequest: allowEnded, schema: routeSchemas.revokeAll }, async (request, reply) => {
    await stepUp(request)
    const { id, userId, alive } = subjectOf(request)
    const report = alive
      ? await manager.revokeUser(userId, byOwner(request))
      : await manager.confirmAllEnded({ id, userId })
    reply.clearSession()
    return report
  })

  app.delete('/sessions/:id', { onRequest: allowEndedSelf, schema: routeSchemas.revoke }, async (request, reply) => {
    const { id, userId } = subjectOf(request)
    if (request.params.id.toLowerCase() !== id) await stepUp(request)
    const report = await manager.revoke(request.params.id, { userId, ...byOwner(request) })
    if (request.params.id.toLowerCase() === id) reply.clearSession()
    return report
  })
})

function byOwner (request: FastifyRequest): Cause {
  const { id, userId } = subjectOf(request)
  return { reason: 'revoked_by_user', by: userId, ip: normalizeAddress(request.ip), bySession: id }
}

/** The same list, after this page; its address as the client gave it. */
function nextPage (url: string, query: Record<string, string>): string {
  return `${url.split('?', 1)[0] ?? ''}?${new URLSearchParams(query).toString()}`
}
