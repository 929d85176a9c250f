/** What happened to sessions: one row for every login and every end, written in the transaction that did it. */
import { defineEntity, p } from '@mikro-orm/core'
import { OUR_OWN } from '../tables.ts'

export const LiveSessionEventEntity = defineEntity({
  name: 'LiveSessionEvent',
  tableName: 'live_session_event',
  schema: OUR_OWN,
  indexes: [
    { name: 'live_session_event_user', properties: ['userId', 'at'] },
    { name: 'live_session_event_session', properties: ['sessionId', 'at', 'id'] },
    // The renewal's way to what happened since its cursor.
    { name: 'live_session_event_xid', properties: ['xid'] }
  ],
  properties: {
    id: p.uuid().primary().defaultRaw('gen_random_uuid()'),
    at: p.datetime().defaultRaw('clock_timestamp()'),
    /** `opened`, `renamed`, `assessed`, `confirmed`, `ended`, `credentials_changed`. */
    type: p.text(),
    /** Empty in a `credentials_changed` for everybody. */
    userId: p.text(),
    sessionId: p.uuid().nullable(),
    reason: p.text().nullable(),
    /** Who did it: a user id, or `system`. */
    by: p.text().nullable(),
    ipAddress: p.text().nullable(),
    /** What an `assessed` login was judged by. */
    details: p.json<object>().nullable(),
    /** Its transaction: tells whether somebody could have seen it at a given snapshot. */
    xid: p.type('string').columnType('xid8').defaultRaw('pg_current_xact_id()')
  }
})
