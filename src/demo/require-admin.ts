/** Routes of the demo's own that only its administrator may use. */
import { STATUS_CODES } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { requireSession } from 'fastify-live-sessions'
import { ADMIN_ID } from './accounts.ts'

/** For all routes of this scope. */
export function requireAdmin (scope: FastifyInstance): void {
  scope.addHook('onRequest', requireSession)
  scope.addHook('onRequest', refuseOthers)
  scope.addHook('onSend', async (_request, reply) => { reply.header('cache-control', 'no-store') })
}

async function refuseOthers (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
  if (request.session?.userId === ADMIN_ID) return undefined
  return await refuse(reply, 403, 'SESSION_FORBIDDEN', 'Only an administrator may do this.')
}

export function refuse (reply: FastifyReply, statusCode: number, code: string, message: string): FastifyReply {
  return reply.code(statusCode).send({ statusCode, code, error: STATUS_CODES[statusCode], message })
}
