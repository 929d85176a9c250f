/**
 * How the plugin answers by itself: errors in Fastify's shape with their headers, whatever the app's error handler
 * does.
 */
import { STATUS_CODES, type OutgoingHttpHeaders } from 'node:http'
import type { FastifyReply } from 'fastify'
import type { SessionError } from '../src/errors.ts'
import type { ErrorBody } from '../src/protocol.ts'

const RETRY_AFTER_SECONDS = 1
/**
 * Refusals that somebody may want to look for: guesses, forgeries, other sites, the wrong people. Not to be logged in
 * is none.
 */
const NOTED = new Set([401, 403, 429])

export function errorBody (error: SessionError): ErrorBody {
  const statusCode = error.statusCode ?? 503
  return {
    statusCode,
    code: error.code,
    error: STATUS_CODES[statusCode] ?? 'Error',
    message: error.message,
    ...(error.reason === undefined ? {} : { reason: error.reason }),
    ...(error.by === undefined ? {} : { by: error.by })
  }
}

/** What goes with an error, whoever answers it. */
export function errorHeaders (error: SessionError): Record<string, string | number> {
  const { statusCode = 503, retryAfterSeconds = RETRY_AFTER_SECONDS } = error
  return {
    ...(statusCode === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(statusCode === 503 || statusCode === 429 ? { 'retry-after': retryAfterSeconds } : {}),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff'
  }
}

/** Sends the error as it is: no serializer of a route's schema drops its fields. */
export function sendError (reply: FastifyReply, error: SessionError): FastifyReply {
  const body = errorBody(error)
  // The request's own lines, of the same reqId, have the address and the URL. No name: people type passwords into the
  // wrong field.
  if (NOTED.has(body.statusCode) && body.code !== 'SESSION_REQUIRED') {
    reply.log.info({ code: body.code, reason: body.reason }, 'live-sessions: refused')
  }
  return reply.code(body.statusCode)
    .headers(errorHeaders(error))
    .header('content-type', 'application/json; charset=utf-8')
    .serializer((text: string) => text)
    .send(JSON.stringify(body))
}

/** The same past all hooks, for where one of them has failed on an answer already, and would again. */
export function sendErrorPastHooks (reply: FastifyReply, error: SessionError): void {
  const body = JSON.stringify(errorBody(error))
  const own: OutgoingHttpHeaders = {
    ...errorHeaders(error),
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body)
  }
  const { raw } = reply
  const { statusCode = 503 } = error
  reply.hijack()
  try {
    raw.writeHead(statusCode, { ...reply.getHeaders() as OutgoingHttpHeaders, ...own })
  } catch {
    // One of theirs is what failed.
    raw.writeHead(statusCode, own)
  }
  raw.end(body)
}
