/** How an app's MikroORM connects, for connections of ours beside its pool. */
import type { Knex, MikroORM } from '@mikro-orm/postgresql'
import type { ClientConfig } from 'pg'

/** What the pool connects with, the app's driver options and passwords that change included. */
export async function connectionOf (orm: MikroORM): Promise<ClientConfig> {
  const { connection } = (orm.em.getKnex('write').client as { config: { connection: Knex.PgConnectionConfig | (() => Promise<Knex.PgConnectionConfig>) } }).config
  return (typeof connection === 'function' ? await connection() : connection) as ClientConfig
}

/** An embedded database: there can be no connection beside the pool's one. */
export function hasOneConnection (orm: MikroORM): boolean {
  return orm.config.get('pool')?.max === 1
}
