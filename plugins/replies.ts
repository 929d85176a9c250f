/** How the plugin answers by itself: errors in Fastify's shape with their headers, whatever the app's error handler does. */
import { STATUS_CODES } from 'node:http'
import type { FastifyReply } from 'fastify'
import type { SessionError } from '../src/errors.ts'
import type { ErrorBody } from '../src/protocol.ts'

const RETRY_AFTER_SECONDS = 1
/** Refusals that somebody may want to look for: guesses, forgeries, other sites, the wrong people. Not to be logged in is none. */
const NOTED = new Set([401, 403, 429])

export function errorBody (error: SessionError): ErrorBody {
  const statusCode = error.statusCode ?? 503
  return {
    statusCode,
    code: error.code,
    error: STATUS_CODES[statusCode] ?? 'Error',
    message: error.message,
    ...(error.reason === undefined ? {} : { reason: error.reason })
  }
}

/** Sends the error as it is: no serializer of a route's schema drops its fields. */
export function sendError (reply: FastifyReply, error: SessionError): FastifyReply {
  const body = errorBody(error)
  // The request's own lines, of the same reqId, have the address and the URL. No name: people type passwords into the wrong field.
  if (NOTED.has(body.statusCode) && body.code !== 'SESSION_REQUIRED') reply.log.info({ code: body.code, reason: body.reason }, 'live-sessions: refused')
  if (body.statusCode === 401) void reply.header('www-authenticate', 'Bearer')
  if (body.statusCode === 503 || body.statusCode === 429) void reply.header('retry-after', error.retryAfterSeconds ?? RETRY_AFTER_SECONDS)
  return reply.code(body.statusCode)
    .header('cache-control', 'no-store')
    .header('x-content-type-options', 'nosniff')
    .header('content-type', 'application/json; charset=utf-8')
    .serializer((text: string) => text)
    .send(JSON.stringify(body))
}
