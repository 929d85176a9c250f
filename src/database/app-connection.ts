/** How an app's MikroORM connects, for connections of ours beside its pool. */
import type { Knex, MikroORM } from '@mikro-orm/postgresql'
import type { ClientConfig } from 'pg'
import { TABLES } from './tables.ts'

/** What the pool connects with, the app's driver options and passwords that change included. */
export async function connectionOf (orm: MikroORM): Promise<ClientConfig> {
  const { connection } =
    (orm.em.getKnex('write').client as {
      config: { connection: Knex.PgConnectionConfig | (() => Promise<Knex.PgConnectionConfig>) }
    }).config
  return (typeof connection === 'function' ? await connection() : connection) as ClientConfig
}

/**
 * The schema that the app gave its MikroORM; undefined: wherever its connections look first. MikroORM says its default,
 * `public`, where none was given, and leaves that out of its SQL: so the app's own tables are in the connection's own
 * schema, too.
 */
export function schemaOf (orm: MikroORM): string | undefined {
  const schema = orm.config.get('schema')
  return schema === orm.em.getPlatform().getDefaultSchemaName() ? undefined : schema
}

/** An embedded database: there can be no connection beside the pool's one. */
export function hasOneConnection (orm: MikroORM): boolean {
  return orm.config.get('pool')?.max === 1
}

/** Our tables that the instance neither knows nor skips: the app's next schema diff would drop them. */
export function unknownTables (orm: MikroORM): string[] {
  const known = new Set(Object.values(orm.getMetadata().getAll()).map(({ tableName }) => tableName))
  const { skipTables = [] } = orm.config.get('schemaGenerator')
  const skipped = (table: string): boolean =>
    skipTables.some((skip) => typeof skip === 'string' ? skip === table : table.search(skip) >= 0)
  return TABLES.filter((table) => !known.has(table) && !skipped(table))
}
