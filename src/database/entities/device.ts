/** A device that signed in to an account: what is known again is no news. It opens nothing. */
import { defineEntity, p } from '@mikro-orm/core'
import type { Location } from '../../protocol.ts'
import { OUR_OWN } from '../tables.ts'

export const LiveSessionDeviceEntity = defineEntity({
  name: 'LiveSessionDevice',
  tableName: 'live_session_device',
  schema: OUR_OWN,
  indexes: [{ name: 'live_session_device_user', properties: ['userId', 'lastAt'] }],
  properties: {
    userId: p.text().primary(),
    deviceId: p.text().primary(),
    firstAt: p.datetime().defaultRaw('now()'),
    /** Its latest login. */
    lastAt: p.datetime().defaultRaw('now()'),
    /** Where it signed in from, the latest first: addresses of IPv4, /64 of IPv6, with the last time; and countries. */
    networks: p.json<Array<{ network: string, at: string }>>().defaultRaw("'[]'::jsonb"),
    countries: p.json<string[]>().defaultRaw("'[]'::jsonb"),
    /** The latest place. */
    location: p.json<Location>().nullable(),
    /** Somebody said "this wasn't me": it may not sign in to this account any more. */
    refusedAt: p.datetime().nullable()
  }
})
