/** The administrator's switch: what a login does to a person's other devices. */
import { STATUS_CODES } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { requireSession, type PreventConcurrentLogin } from 'fastify-live-sessions'
import { ADMIN_ID } from './accounts.ts'
import { PREVENT_CONCURRENT_LOGIN, type Settings } from './settings.ts'

interface Setting {
  preventConcurrentLogin: PreventConcurrentLogin
}

const body = {
  type: 'object',
  required: ['preventConcurrentLogin'],
  properties: { preventConcurrentLogin: { type: 'string', enum: PREVENT_CONCURRENT_LOGIN } }
}

export async function adminSettings (app: FastifyInstance, { settings }: { settings: Settings }): Promise<void> {
  app.addHook('onRequest', requireSession)
  app.addHook('onRequest', requireAdmin)
  app.addHook('onSend', async (_request, reply) => { reply.header('cache-control', 'no-store') })

  app.get('/admin/settings', async () => ({ preventConcurrentLogin: await settings.preventConcurrentLogin() }))

  app.put<{ Body: Setting }>('/admin/settings', { schema: { body } }, async (request, reply) => {
    const { preventConcurrentLogin } = request.body
    try {
      await settings.setPreventConcurrentLogin(preventConcurrentLogin)
    } catch (err) {
      request.log.error({ err }, 'the setting could not be kept')
      return await reject(reply.header('retry-after', 1), 503, 'SETTING_NOT_KEPT', 'The setting could not be kept. Please try again.')
    }
    return { preventConcurrentLogin }
  })
}

async function requireAdmin (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
  if (request.session?.userId === ADMIN_ID) return undefined
  return await reject(reply, 403, 'SESSION_FORBIDDEN', 'Only an administrator may do this.')
}

function reject (reply: FastifyReply, statusCode: number, code: string, message: string): FastifyReply {
  return reply.code(statusCode).send({ statusCode, code, error: STATUS_CODES[statusCode], message })
}
