/** The administrator's switch: what a login does to a person's other devices. */
import type { FastifyInstance } from 'fastify'
import type { PreventConcurrentLogin } from 'fastify-live-sessions'
import { refuse, requireAdmin } from './require-admin.ts'
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
  requireAdmin(app)

  app.get('/admin/settings', async () => ({ preventConcurrentLogin: await settings.preventConcurrentLogin() }))

  app.put<{ Body: Setting }>('/admin/settings', { schema: { body } }, async (request, reply) => {
    const { preventConcurrentLogin } = request.body
    try {
      await settings.setPreventConcurrentLogin(preventConcurrentLogin)
    } catch (err) {
      request.log.error({ err }, 'the setting could not be kept')
      return await refuse(reply.header('retry-after', 1), 503, 'SETTING_NOT_KEPT', 'The setting could not be kept. Please try again.')
    }
    return { preventConcurrentLogin }
  })
}
