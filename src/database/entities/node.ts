/** A running node: the row it renews, by which the others know what it has applied, or that it is silent. */
import { defineEntity, p } from '@mikro-orm/core'
import { OUR_OWN } from '../tables.ts'

export const LiveSessionNodeEntity = defineEntity({
  name: 'LiveSessionNode',
  tableName: 'live_session_node',
  schema: OUR_OWN,
  properties: {
    incarnation: p.uuid().primary(),
    /** New with each renewal; one that stands still tells that the node is gone. */
    stamp: p.uuid().defaultRaw('gen_random_uuid()'),
    /** The snapshot up to which the node has applied every revocation. */
    applied: p.type('string').columnType('pg_snapshot')
  }
})
