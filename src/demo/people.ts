/** Who the ids in the administrator's list are: e-mail addresses, as an app would look them up in its own tables. */
import type { FastifyInstance } from 'fastify'
import type { Accounts } from './accounts.ts'
import { requireAdmin } from './require-admin.ts'

/** As many as a page of the list has at most. */
const MAX_IDS = 200

const describeBody = {
  type: 'object',
  required: ['ids'],
  properties: { ids: { type: 'array', maxItems: MAX_IDS, items: { type: 'string', maxLength: 255 } } }
}
const findBody = {
  type: 'object',
  required: ['email'],
  properties: { email: { type: 'string', maxLength: 255 } }
}

export async function people (app: FastifyInstance, { accounts }: { accounts: Accounts }): Promise<void> {
  requireAdmin(app)

  app.post<{ Body: { ids: string[] } }>('/admin/people', { schema: { body: describeBody } }, async ({ body }) => ({
    labels: Object.fromEntries(body.ids.map((id) => [id, accounts.find(id).email]))
  }))

  app.post<{ Body: { email: string } }>('/admin/people/find', { schema: { body: findBody } }, async ({ body }) => ({
    id: accounts.findByEmail(body.email)?.id ?? null
  }))
}
