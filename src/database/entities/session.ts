/** A login on a device: the row that is the truth about it. */
import { defineEntity, p } from '@mikro-orm/core'
import type { Location } from '../../protocol.ts'
import { tableIn } from '../sql.ts'
import { OUR_OWN } from '../tables.ts'

export const LiveSessionEntity = defineEntity({
  name: 'LiveSession',
  tableName: 'live_session',
  schema: OUR_OWN,
  indexes: [
    { name: 'live_session_user', properties: ['userId', 'createdAt', 'id'] },
    // A user's living sessions, and the ended ones by their end: neither makes the other's list longer.
    {
      name: 'live_session_user_open',
      expression: ({ schema, name }) =>
        `create index "live_session_user_open" on ${
          tableIn(schema, name)
        } ("user_id", "created_at", "id") where "revoked_at" is null`
    },
    {
      name: 'live_session_user_ended',
      expression: ({ schema, name }) =>
        `create index "live_session_user_ended" on ${
          tableIn(schema, name)
        } ("user_id", "revoked_at", "id") where "revoked_at" is not null`
    },
    { name: 'live_session_created', properties: ['createdAt', 'id'] },
    // The renewal's way to what ended since its cursor; partial, so that living sessions cost nothing.
    {
      name: 'live_session_revoked_xid',
      expression: ({ schema, name }) =>
        `create index "live_session_revoked_xid" on ${
          tableIn(schema, name)
        } ("revoked_xid", "id") where "revoked_xid" is not null`
    }
  ],
  properties: {
    id: p.uuid().primary(),
    userId: p.text(),
    clientId: p.text().nullable(),

    deviceId: p.text().nullable(),
    deviceName: p.text(),
    deviceType: p.text(),
    browserName: p.text().nullable(),
    browserVersion: p.text().nullable(),
    osName: p.text().nullable(),
    osVersion: p.text().nullable(),
    deviceVendor: p.text().nullable(),
    deviceModel: p.text().nullable(),
    userAgent: p.string().length(512),

    ipAddress: p.text().nullable(),
    /** The last five, newest first: `[{ip, at}]`. */
    addresses: p.json<Array<{ ip: string, at: string }>>().defaultRaw("'[]'::jsonb"),
    location: p.json<Location>().nullable(),

    createdAt: p.datetime().defaultRaw('now()'),
    /** When the person last proved who they are; step-up looks at it. */
    authenticatedAt: p.datetime().defaultRaw('now()'),
    lastActivityAt: p.datetime().defaultRaw('now()'),
    expiresAt: p.datetime(),
    /** The absolute end that it gets when it is confirmed; null: it is. */
    fullExpiresAt: p.datetime().nullable(),

    revokedAt: p.datetime().nullable(),
    revokedReason: p.text().nullable(),
    /** Who ended it: a user id, or `system`. */
    revokedBy: p.text().nullable(),
    /** The address it was ended from. */
    revokedFrom: p.text().nullable(),
    /** The device it was ended from, by its name, where that is another session of the same user. */
    revokedByDevice: p.text().nullable(),
    /** The transaction that ended it; stamped by the trigger, read by the renewal. */
    revokedXid: p.type('string').columnType('xid8').nullable(),
    /** Its audit event; stamped by the trigger. */
    revokedEventId: p.uuid().nullable(),
    logoutDeliveredAt: p.datetime().nullable()
  }
})
