/** What is compared: an app with `GET /`, and what a client sends to be known. All answer the same body. */
import type { FastifyInstance } from 'fastify'
import type { Client } from './client.ts'

/** What a subject may use. */
export interface Surroundings {
  /** A database of its own, empty. */
  postgres: string
  redis: string
  /** Of its keys in Redis. */
  redisPrefix: string
}

export interface Subject {
  app: FastifyInstance
  /** Called when the app listens; one header line for each user, such as `Authorization: Bearer …`, or '' for none. */
  signIn: (address: string, userNames: readonly string[], client: Client) => Promise<string[]>
  close?: () => Promise<void>
}

export type BuildSubject = (surroundings: Surroundings) => Promise<Subject>

/** What every subject answers. */
export interface Greeting {
  user: string
}

export const SECRET = 'a secret of the bench, long enough for HS256'

/** Of the users that sign in. */
export const userName = (index: number): string => `user-${String(index).padStart(4, '0')}`
