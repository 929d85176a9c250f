/** All that is compared, in the order of the table. A subject is loaded in its own process only. */
import type { BuildSubject } from './subject.ts'

export interface Entry {
  title: string
  load: () => Promise<BuildSubject>
}

export const SUBJECTS = {
  bare: { title: 'bare Fastify', load: async () => (await import('./subjects/bare.ts')).bare },
  'bare-header': { title: 'bare Fastify, a token of the same length sent and ignored', load: async () => (await import('./subjects/bare.ts')).bareWithHeader },
  jwt: { title: 'Fastify + @fastify/jwt (HS256)', load: async () => (await import('./subjects/jwt.ts')).fastifyJwt },
  bearer: { title: '**this plugin**, Bearer', load: async () => (await import('./subjects/live-sessions.ts')).bearer },
  cookie: { title: '**this plugin**, cookie', load: async () => (await import('./subjects/live-sessions.ts')).cookie },
  uncached: { title: 'this plugin with its memory off', load: async () => (await import('./subjects/live-sessions.ts')).uncached },
  naive: { title: 'the naive way: findOne + nativeUpdate (MikroORM)', load: async () => (await import('./subjects/naive.ts')).naive },
  'fastify-session': { title: '@fastify/session + connect-redis', load: async () => (await import('./subjects/fastify-session.ts')).fastifySession },
  'better-auth': { title: 'better-auth, database', load: async () => (await import('./subjects/better-auth.ts')).betterAuthDatabase },
  'better-auth-cookie': { title: 'better-auth, cookie cache', load: async () => (await import('./subjects/better-auth.ts')).betterAuthCookieCache },
  'better-auth-redis': { title: 'better-auth, Redis', load: async () => (await import('./subjects/better-auth.ts')).betterAuthRedis }
} as const satisfies Record<string, Entry>

export type SubjectName = keyof typeof SUBJECTS
export const SUBJECT_NAMES = Object.keys(SUBJECTS) as SubjectName[]
export const isSubjectName = (name: string): name is SubjectName => Object.hasOwn(SUBJECTS, name)
