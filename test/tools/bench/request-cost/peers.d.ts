/** What the bench uses of the packages it compares with: they are installed in test/tools/bench only, and the types are checked without them. */

declare module 'connect-redis' {
  export class RedisStore {
    constructor (options: { client: unknown, prefix: string })
  }
}

declare module 'redis' {
  export function createClient (options: { url: string }): { connect: () => Promise<unknown>, close: () => Promise<void> }
}

declare module 'better-auth' {
  export interface BetterAuthOptions {
    database: unknown
    baseURL: string
    secret: string
    emailAndPassword: {
      enabled: boolean
      password: { hash: (password: string) => Promise<string>, verify: (given: { hash: string, password: string }) => Promise<boolean> }
    }
    rateLimit: { enabled: boolean }
    telemetry: { enabled: boolean }
    session?: { cookieCache?: { enabled: boolean, maxAge: number } }
    secondaryStorage?: {
      get: (key: string) => Promise<string | null>
      set: (key: string, value: string, ttl?: number) => Promise<void>
      delete: (key: string) => Promise<void>
    }
  }
  export interface BetterAuth {
    api: {
      getSession: (asked: { headers: Headers }) => Promise<{ user: { name: string } } | null>
      signUpEmail: (asked: { body: { email: string, password: string, name: string }, asResponse: true }) => Promise<Response>
    }
  }
  export function betterAuth (options: BetterAuthOptions): BetterAuth
}

declare module 'better-auth/db/migration' {
  import type { BetterAuthOptions } from 'better-auth'
  export function getMigrations (options: BetterAuthOptions): Promise<{ runMigrations: () => Promise<void> }>
}

declare module 'better-auth/node' {
  import type { IncomingHttpHeaders } from 'node:http'
  export function fromNodeHeaders (headers: IncomingHttpHeaders): Headers
}
