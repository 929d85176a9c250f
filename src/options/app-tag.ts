/**
 * A few characters that tell the apps on one host apart, the same on all nodes of one: for the names of what browsers
 * keep for the whole host.
 */
import { createHash } from 'node:crypto'
import type { Keys } from './keys.ts'
import type { ResolvedDatabase } from './defaults.ts'

const CHARACTERS = 6

export interface AppTraits {
  issuer: string
  audience: string
  prefix: string
  database: ResolvedDatabase
  keys: Keys
}

/**
 * Of what nodes share. Not of how a node gets to its database: that may be another way for each. Of the keys the
 * oldest, which stays the same while a newer one is put before it.
 */
export function appTag ({ issuer, audience, prefix, database, keys }: AppTraits): string {
  // They are not checked yet, and may be anything.
  const traits = [issuer, audience, prefix, databaseName(database), keys.tokens.at(-1)?.kid].map(String)
  return createHash('sha256').update(JSON.stringify(traits)).digest('hex').slice(0, CHARACTERS)
}

function databaseName (database: ResolvedDatabase): string {
  if ('url' in database) return new URL(database.url).pathname.slice(1)
  return String((database.orm.config.get as (name: string) => unknown)('dbName'))
}
