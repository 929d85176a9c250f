/** Brings the tables up to date: one node at a time, on one connection of its own that is closed before anything else opens. */
import { MikroORM, type Options } from '@mikro-orm/postgresql'
import { Migrator } from '@mikro-orm/migrations'
import { liveSessionEntities } from './entities.ts'
import { migrations } from './migrations/index.ts'

/** Its rows are the names of the migrations that are done. */
export const MIGRATIONS_TABLE = 'live_session_migrations'
/** Any fixed number of our own; every node of every version takes the same. */
const LOCK = 5_184_471_212

export interface MigrateOptions {
  /** Straight to PostgreSQL: the lock lives as long as the connection, which a PgBouncer in transaction mode does not keep. */
  url: string
  schema?: string
}

/**
 * Runs the migrations that are missing and says their names. Nodes that start together wait for each other.
 * Rejects with the driver's error when PostgreSQL can't be reached.
 */
export async function migrate ({ url, schema }: MigrateOptions): Promise<string[]> {
  return await migrateWith({ clientUrl: url, driverOptions: { connection: { connectionString: url } }, ...(schema === undefined ? {} : { schema }) })
}

/** How an app's own ORM connects, whichever way it says so. */
const CONNECTION_OPTIONS = ['clientUrl', 'host', 'port', 'user', 'password', 'dbName', 'schema', 'driverOptions'] as const

/** The same, over connections like those of this ORM. */
export async function migrateLike (orm: MikroORM): Promise<string[]> {
  const options = orm.config.getAll()
  return await migrateWith(Object.fromEntries(CONNECTION_OPTIONS.map((name) => [name, options[name]]).filter(([, value]) => value !== undefined)))
}

async function migrateWith (connection: Pick<Options, typeof CONNECTION_OPTIONS[number]>): Promise<string[]> {
  const orm = await MikroORM.init({
    ...connection,
    entities: liveSessionEntities,
    discovery: { disableDynamicFileAccess: true },
    // A slip in the URL must not make a database of that name; taking the lock fails before the migrator would make it.
    ensureDatabase: false,
    extensions: [Migrator],
    migrations: { tableName: MIGRATIONS_TABLE, migrationsList: migrations, snapshot: false, allOrNothing: true },
    // Exactly one connection: the lock is held by it, and the migrator finds no other.
    pool: { min: 1, max: 1 },
    logger: () => {},
    connect: true
  })
  try {
    const knex = orm.em.getKnex()
    await knex.raw('select pg_advisory_lock(?)', [LOCK])
    const done = await orm.getMigrator().up()
    await knex.raw('select pg_advisory_unlock(?)', [LOCK])
    return done.map((migration) => migration.name)
  } finally {
    await orm.close(true)
  }
}
