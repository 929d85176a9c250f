/** All entities, for a MikroORM instance of the app's own: `entities: [...liveSessionEntities, …]`. */
import { LiveSessionAddressEntity } from './address.ts'
import { LiveSessionDeviceEntity } from './device.ts'
import { LiveSessionNodeEntity } from './node.ts'
import { LiveSessionEventEntity } from './event.ts'
import { LiveSessionNoticeEntity } from './notice.ts'
import { LiveSessionMigrationEntity } from './migration.ts'
import { LiveSessionEntity } from './session.ts'

/**
 * What MikroORM's option `entities` takes, in words of our own: an app's compiler that checks libraries would have to
 * read all of MikroORM's types for the sake of a list.
 */
export type EntityForMikroOrm = Function & { prototype: object }

export const liveSessionEntities = [
  LiveSessionEntity,
  LiveSessionEventEntity,
  LiveSessionNodeEntity,
  LiveSessionAddressEntity,
  LiveSessionDeviceEntity,
  LiveSessionNoticeEntity,
  LiveSessionMigrationEntity
] as unknown as EntityForMikroOrm[]
