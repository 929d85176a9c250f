/** What the router answers where no route does: in the shape of all errors, and for no cache to keep. */
import { STATUS_CODES } from 'node:http'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'

export function notFound (request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return answer(reply, 404, 'NOT_FOUND', `There is no ${request.method} ${request.url.split('?')[0]} here.`)
}

/**
 * A path that can't be decoded, a parameter that is too long: found before there is a route, so that no hook sees them.
 */
export function frameworkError (error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  void answer(reply, error.statusCode ?? 400, error.code, error.message)
}

function answer (reply: FastifyReply, statusCode: number, code: string, message: string): FastifyReply {
  return reply.code(statusCode)
    .header('cache-control', 'no-store')
    .header('x-content-type-options', 'nosniff')
    .send({ statusCode, code, error: STATUS_CODES[statusCode], message })
}
