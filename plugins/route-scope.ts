/** What all our routes share, in their own scope: no-store, bodyless JSON requests, and errors in the contract's shape. */
import type { FastifyError, FastifyInstance } from 'fastify'
import { StoreUnavailable, type SessionError } from '../src/errors.ts'
import { sendError } from './replies.ts'

export function prepareRouteScope (scope: FastifyInstance): void {
  scope.addHook('onSend', (_request, reply, payload, done) => {
    void reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff')
    done(null, payload)
  })

  // A DELETE says "application/json" in many clients and has no body: that is no error.
  const parse = scope.getDefaultJsonParser('error', 'error')
  if (scope.hasContentTypeParser('application/json')) scope.removeContentTypeParser('application/json')
  scope.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined)
    else parse(request, body as string, done)
  })

  scope.setErrorHandler((error: FastifyError | SessionError, request, reply) => {
    const { statusCode } = error
    if (statusCode !== undefined && statusCode < 500) return sendError(reply, error)
    if (error.code?.startsWith('SESSION_') === true) return sendError(reply, error)
    request.log.error({ err: error }, 'a session route failed')
    return sendError(reply, new StoreUnavailable())
  })
}
