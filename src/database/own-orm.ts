/**
 * A MikroORM instance of our own. `MikroORM.init` would let the environment and a `.env` file overrule what it is
 * given.
 */
import { MikroORM, PostgreSqlDriver, type Options } from '@mikro-orm/postgresql'

/** Opens no connection yet: the first statement does. */
export async function createOwnOrm (options: Options): Promise<MikroORM> {
  const orm = new MikroORM({
    driver: PostgreSqlDriver,
    // Its pool and its dialect are what we use. Nobody asks it for an entity, and to discover ours took a quarter of a
    // start.
    discovery: { disableDynamicFileAccess: true, warnWhenNoEntities: false },
    // A slip in the URL must not make a database of that name.
    ensureDatabase: false,
    logger: () => {},
    ...options
  })
  await orm.discoverEntities()
  const driver = orm.em.getDriver()
  driver.getPlatform().init(orm)
  return orm
}
