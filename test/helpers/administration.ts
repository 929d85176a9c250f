/** An app with an administrator, and rows of other people by the thousand. */
import type { FastifyRequest } from 'fastify'
import type { Test } from 'tap'
import type { LiveSessionsOptions } from '../../plugins/index.ts'
import { buildApp, PASSWORD, type TestApp } from './app.ts'
import type { TestDatabase } from './database.ts'
import { logIn, type Answer, type Device } from './device.ts'

export interface AdminItem { id: string, userId: string, deviceName: string, status: string, isCurrent: boolean, createdAt: string }

export interface Office extends TestApp {
  admin: Device
  search: (query?: Record<string, string>) => Promise<Answer<{ items: AdminItem[], nextCursor: string | null }>>
  revoke: <Body = Record<string, unknown>>(body: unknown) => Promise<Answer<Body>>
}

export async function openOffice (t: Test, { options = {}, database }: { options?: Partial<LiveSessionsOptions>, database?: TestDatabase } = {}): Promise<Office> {
  const built = await buildApp(t, {
    ...(database === undefined ? {} : { database }),
    options: {
      login: { verify: ({ body }) => body.password === PASSWORD ? { id: body.email } : null, reauthenticate: ({ body }) => body['password'] === PASSWORD },
      admin: { authorize: (request: FastifyRequest) => request.session?.userId === 'admin@example.com' },
      ...options
    }
  })
  const admin = await logIn(built.address, 'admin@example.com')
  return {
    ...built,
    admin,
    search: (query = {}) => admin.ask('GET', `/api/admin/sessions?${new URLSearchParams(query).toString()}`),
    revoke: (body) => admin.ask('POST', '/api/admin/sessions/revoke', { body })
  }
}

/** So many living sessions, of users `<group>-1` and so on; all created at the same moment. */
export async function insertMany ({ query }: TestDatabase, group: string, count: number): Promise<void> {
  await query(`insert into live_session (id, user_id, device_name, device_type, client_id, ip_address, location, user_agent, created_at, last_activity_at, expires_at)
    select gen_random_uuid(), $1 || '-' || n, 'Device ' || n, 'desktop', $1, '192.0.2.1', '{"countryCode": "AT"}', '', now() - interval '1 hour', now() - interval '1 hour', now() + interval '1 day'
    from generate_series(1, $2) n`, [group, count])
}
