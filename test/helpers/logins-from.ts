/** Logins from anywhere in the world, with any device: an app behind a proxy that says so, and places from a file of the test's. */
import type { Test } from 'tap'
import type { LiveSessionsOptions } from '../../plugins/index.ts'
import type { LoginAnswer, RiskReason, Session } from '../../src/protocol.ts'
import { buildApp, PASSWORD, type TestApp } from './app.ts'
import type { TestDatabase } from './database.ts'
import { ask, openSocket, type Answer, type LiveSocket, type RequestOptions } from './device.ts'
import { mmdbFile } from './mmdb.ts'

export const BERLIN = '192.0.2.1'
export const LONDON = '198.51.100.1'
export const TOR = '203.0.113.1'

const WORLD = {
  '192.0.2.0/24': { country: { iso_code: 'DE', names: { en: 'Germany' } }, city: { names: { en: 'Berlin' } }, location: { latitude: 52.5, longitude: 13.4 } },
  '198.51.100.0/24': { country_code: 'GB', city: 'London', latitude: 51.5, longitude: -0.1 },
  '203.0.113.0/24': { country_code: 'DE', is_anonymous: true, is_tor_exit_node: true, is_hosting_provider: true }
}

export interface LoginFrom {
  userId?: string
  device?: string
  ip?: string
  password?: string
}

export interface SignedIn {
  session: Session
  expiresAt: string
  /** As this session, from where it logged in, unless `ip` says otherwise. */
  ask: <Body = Record<string, unknown>>(method: string, path: string, options?: RequestOptions & { ip?: string }) => Promise<Answer<Body>>
  connect: () => Promise<LiveSocket>
}

export interface Judged { decision: string, score: number, reasons: RiskReason[] }

export interface World extends TestApp {
  login: (from?: LoginFrom) => Promise<Answer<LoginAnswer & { code?: string }>>
  signIn: (from?: LoginFrom) => Promise<SignedIn>
  /** What an administrator is shown of the session's login. */
  riskOf: (session: Pick<Session, 'id'>) => Promise<Judged | null>
  /** What became of refused logins. */
  refused: () => Promise<Judged[]>
}

export async function openWorld (t: Test, options: Partial<LiveSessionsOptions> = {}, database?: TestDatabase): Promise<World> {
  const built = await buildApp(t, {
    server: { trustProxy: ['127.0.0.1'] },
    ...(database === undefined ? {} : { database }),
    options: {
      geoip: mmdbFile(t, WORLD),
      risk: true,
      admin: { authorize: (request) => request.session?.userId === 'admin@example.com' },
      ...options
    }
  })
  const { address } = built
  let administrator: Promise<SignedIn> | null = null

  async function login ({ userId = 'user@example.com', device = 'laptop', ip = BERLIN, password = PASSWORD }: LoginFrom = {}): Promise<Answer<LoginAnswer & { code?: string }>> {
    return await ask(address, 'POST', '/api/auth/login', { headers: { 'x-forwarded-for': ip }, body: { email: userId, password, device: { id: device } } })
  }

  async function signIn (from: LoginFrom = {}): Promise<SignedIn> {
    const { status, body } = await login(from)
    if (status !== 200 || body.token === undefined) throw new Error(`login: ${status} ${JSON.stringify(body)}`)
    const { token } = body
    return {
      session: body.session,
      expiresAt: body.expiresAt,
      ask: (method, path, { ip = from.ip ?? BERLIN, headers = {}, ...rest } = {}) => ask(address, method, path, { token, headers: { 'x-forwarded-for': ip, ...headers }, ...rest }),
      async connect () {
        const socket = openSocket(address, ['live-sessions.v1', `bearer.${token}`])
        await socket.next('welcome')
        return socket
      }
    }
  }

  return {
    ...built,
    login,
    signIn,
    async riskOf ({ id }) {
      administrator ??= signIn({ userId: 'admin@example.com' })
      return (await (await administrator).ask<{ risk: Judged | null }>('GET', `/api/admin/sessions/${id}`)).body.risk
    },
    refused: async () => (await built.database.query<{ details: Judged }>("select details from live_session_event where type = 'assessed' and session_id is null order by at")).map(({ details }) => details)
  }
}
