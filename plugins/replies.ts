/** How the plugin answers by itself: errors in Fastify's shape with their headers, whatever the app's error handler does. */
import { STATUS_CODES } from 'node:http'
import type { FastifyReply } from 'fastify'
import type { SessionError } from '../src/errors.ts'
import type { ErrorBody } from '../src/protocol.ts'

const RETRY_AFTER_SECONDS = 1

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
  if (body.statusCode === 401) void reply.header('www-authenticate', 'Bearer')
  if (body.statusCode === 503 || body.statusCode === 429) void reply.header('retry-after', error.retryAfterSeconds ?? RETRY_AFTER_SECONDS)
  return reply.code(body.statusCode)
    .header('cache-control', 'no-store')
    .header('content-type', 'application/json; charset=utf-8')
    .serializer((text: string) => text)
    .send(JSON.stringify(body))
}
