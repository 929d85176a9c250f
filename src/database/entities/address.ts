/**
 * Where a session was last seen from, once more: an index on the session's own row would end its HOT updates. Kept by
 * triggers.
 */
import { defineEntity, p } from '@mikro-orm/core'
import { OUR_OWN } from '../tables.ts'

export const LiveSessionAddressEntity = defineEntity({
  name: 'LiveSessionAddress',
  tableName: 'live_session_address',
  schema: OUR_OWN,
  indexes: [{ name: 'live_session_address_ip', properties: ['ip', 'createdAt', 'sessionId'] }],
  properties: {
    sessionId: p.uuid().primary(),
    ip: p.text(),
    /** The session's. */
    createdAt: p.datetime()
  }
})
