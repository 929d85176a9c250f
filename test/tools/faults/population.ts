/** Users with sessions: most inserted by SQL with tokens signed here, for speed; some through the real login. */
import { randomUUID } from 'node:crypto'
import Fastify from 'fastify'
import pg from 'pg'
import { createTokens, type Tokens } from '../../../plugins/auth/tokens.ts'
import { resolveKeys } from '../../../src/options/keys.ts'
import { DEFAULTS } from '../../../src/options/defaults.ts'
import type { History, TestSession } from './history.ts'
import type { Line } from './line.ts'

/** One keeps the others' token: with it they are ended. */
export interface TestUser {
  id: string
  keeper: TestSession
  targets: TestSession[]
}

export interface Population {
  /** Users with one keeper and so many targets each, straight into PostgreSQL. */
  insert: (users: number, targets: number) => Promise<TestUser[]>
  /** The same through the login of this node. */
  logIn: (line: Line, targets: number) => Promise<TestUser>
  sign: (id: string, userId: string) => string
}

const MONTH_SECONDS = 2_592_000
const PASSWORD = 'any'

export async function createSigner (secret: string): Promise<Tokens['sign']> {
  const app = Fastify()
  const tokens = await createTokens(app, { keys: resolveKeys(secret).tokens, issuer: DEFAULTS.issuer, audience: DEFAULTS.audience })
  await app.ready()
  return tokens.sign
}

export function createPopulation ({ history, pool, sign }: { history: History, pool: pg.Pool, sign: Tokens['sign'] }): Population {
  const exp = Math.floor(Date.now() / 1_000) + MONTH_SECONDS
  const token = (id: string, userId: string): string => sign({ sub: userId, session_id: id, iat: exp - MONTH_SECONDS, exp })

  return {
    sign: token,

    async insert (users, targets) {
      const ids: string[] = []
      const owners: string[] = []
      const added = Array.from({ length: users }, () => {
        const userId = `user-${randomUUID()}`
        const create = (): TestSession => {
          const id = randomUUID()
          ids.push(id)
          owners.push(userId)
          return history.addSession({ id, userId, token: token(id, userId) })
        }
        return { id: userId, keeper: create(), targets: Array.from({ length: targets }, create) }
      })
      await pool.query(`
        insert into live_session (id, user_id, device_name, device_type, user_agent, expires_at)
        select i, u, 'A device', 'desktop', 'faults', now() + interval '30 days' from unnest($1::uuid[], $2::text[]) as n (i, u)`, [ids, owners])
      return added
    },

    async logIn (line, targets) {
      const email = `login-${randomUUID()}@example.com`
      const create = async (): Promise<TestSession> => {
        const { status, body } = await line.ask({ method: 'POST', path: '/api/auth/login', body: { email, password: PASSWORD } })
        if (status !== 200) throw new Error(`login: ${status} ${JSON.stringify(body)}`)
        return history.addSession({ id: (body['session'] as { id: string }).id, userId: email, token: String(body['token']) })
      }
      const keeper = await create()
      const all: TestSession[] = []
      for (let index = 0; index < targets; index++) all.push(await create())
      return { id: email, keeper, targets: all }
    }
  }
}
