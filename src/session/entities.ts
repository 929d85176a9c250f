/** All entities, for a MikroORM instance of the app's own: `entities: [...liveSessionEntities, …]`. */
import { LiveSessionAddressEntity } from './address.entity.ts'
import { LiveSessionNodeEntity } from './node.entity.ts'
import { LiveSessionEventEntity } from './event.entity.ts'
import { LiveSessionMigrationEntity } from './migration.entity.ts'
import { LiveSessionEntity } from './session.entity.ts'

export const liveSessionEntities = [LiveSessionEntity, LiveSessionEventEntity, LiveSessionNodeEntity, LiveSessionAddressEntity, LiveSessionMigrationEntity]
