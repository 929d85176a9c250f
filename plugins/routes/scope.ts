/**
 * What all our routes share, in their own scope: compilers, no-store, what becomes of bodies, and errors in the
 * contract's shape.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { answerErrors, type ErrorAnswers } from './errors.ts'
import { setRouteCompilers } from './compilers.ts'

export function prepareRouteScope (scope: FastifyInstance, errors: ErrorAnswers): void {
  setRouteCompilers(scope)

  scope.addHook('onSend', (_request, reply, payload, done) => {
    void reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff')
    done(null, payload)
  })

  // Before anybody asks what type a body has that is not there, or that nobody reads: forms and many clients name one
  // with every POST and DELETE, and not always a type that there is.
  scope.addHook('onRequest', (request, _reply, done) => {
    if (hasNoBody(request) || takesNoBody(request)) delete request.raw.headers['content-type']
    done()
  })

  // A body that was announced may still be empty.
  const parse = scope.getDefaultJsonParser('error', 'error')
  if (scope.hasContentTypeParser('application/json')) scope.removeContentTypeParser('application/json')
  scope.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined)
    else parse(request, body as string, done)
  })
  // A logout form may send fields along; of a route that takes no body nobody reads it.
  if (!scope.hasContentTypeParser('')) {
    scope.addContentTypeParser('*', { parseAs: 'string' }, (request, body, done) => {
      const ignored = body === '' || takesNoBody(request)
      done(ignored ? null : bodyTypeUnsupported(), undefined)
    })
  }

  answerErrors(scope, errors)
}

/** As Fastify says it where it has no parser for a type. */
function bodyTypeUnsupported (): Error {
  return Object.assign(new Error('Unsupported Media Type'), { statusCode: 415, code: 'FST_ERR_CTP_INVALID_MEDIA_TYPE' })
}

function takesNoBody ({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.schema?.body === undefined
}

/** HTTP/1 announces a body; HTTP/2 says with the headers that nothing follows. */
function hasNoBody ({ raw, headers }: FastifyRequest): boolean {
  const stream = (raw as unknown as { stream?: { endAfterHeaders?: boolean } }).stream
  if (raw.httpVersionMajor >= 2) return stream?.endAfterHeaders === true
  const length = headers['content-length']
  return headers['transfer-encoding'] === undefined && (length === undefined || length === '0')
}
