/** A migration of ours that is done: an entity only so that an app's schema tools know whose table it is. */
import { defineEntity, p } from '@mikro-orm/core'
import { MIGRATIONS_TABLE, OUR_OWN } from '../tables.ts'

export const LiveSessionMigrationEntity = defineEntity({
  name: 'LiveSessionMigration',
  tableName: MIGRATIONS_TABLE,
  schema: OUR_OWN,
  properties: {
    id: p.integer().primary(),
    name: p.string().length(255).nullable(),
    executedAt: p.datetime().nullable().defaultRaw('current_timestamp')
  }
})
