/** All entities, for a MikroORM instance of the app's own: `entities: [...liveSessionEntities, …]`. */
import { LiveSessionAddressEntity } from './address.entity.ts'
import { LiveSessionNodeEntity } from './node.entity.ts'
import { LiveSessionEventEntity } from './event.entity.ts'
import { LiveSessionMigrationEntity } from './migration.entity.ts'
import { LiveSessionEntity } from './session.entity.ts'

/**
 * What MikroORM's option `entities` takes, in words of our own: an app's compiler that checks libraries would have to read all of
 * MikroORM's types for the sake of a list.
 */
export type EntityForMikroOrm = Function & { prototype: object }

export const liveSessionEntities = [LiveSessionEntity, LiveSessionEventEntity, LiveSessionNodeEntity, LiveSessionAddressEntity, LiveSessionMigrationEntity] as unknown as EntityForMikroOrm[]
