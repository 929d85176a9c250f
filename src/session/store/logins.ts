/** The query by which a login sees, under its user's lock, all that it goes by: one statement, one snapshot. */
import { active, epochMs, LONGEST_AGO_MS, tablesIn } from '../../database/session-sql.ts'
import type { Sql } from '../../database/sql.ts'
import type { Past } from '../../notices/known-devices.ts'
import type { ActiveSession } from '../concurrency.ts'
import { changedSince } from './credentials.ts'
import type { StoreOptions } from './options.ts'

/** Who signs in, and what there is to be known. */
export interface LoginQuestion {
  userId: string
  deviceId: string | null
  /** A snapshot from when the login began. */
  asOf: string
  /** How long a device is known, in ms; null: of the past only this very device is asked after. */
  knownDevicesMs: number | null
}

/** An active session, with what its browser looks like from here. */
export interface ActiveDevice extends ActiveSession {
  deviceName: string
  ip: string | null
}

export interface LoginSight {
  /**
   * An older proof of who this user is counts no more; but what this very transaction wrote is known to whoever opens
   * a session in it.
   */
  changed: boolean
  /** The user's active sessions. */
  active: ActiveDevice[]
  /**
   * What is known of this user: the device that signs in first, then others that did since, and sessions that are
   * active and confirmed.
   */
  past: Past[]
}

/** Of each kind. */
const MAX_PAST = 50

export function loginQueries ({ schema, idleAllowanceMs }: StoreOptions) {
  const { session, device, event } = tablesIn(schema)
  const live = `select * from ${session} where user_id = $1 and ${active('$3')}`
  const devices = `select device_id as "deviceId", ${epochMs('first_at')} as since, ${epochMs('last_at')} as at,
      jsonb_path_query_array(networks, '$[*].network') as networks, countries, location, refused_at is not null as refused
    from ${device} where user_id = $1
      and (refused_at is not null or last_at > now() - least($5::float8, ${LONGEST_AGO_MS}) * interval '1 millisecond')`
  const listOf = (value: string): string =>
    `case when ${value} is null then '[]'::jsonb else jsonb_build_array(${value}) end`
  const all = (rows: string): string => `coalesce((select jsonb_agg(row) from (${rows}) as row), '[]'::jsonb)`
  const sight = `
    select ${changedSince(event, '$1', '$2')} as changed,
      ${all(`select id, device_type as "deviceType", device_id as "deviceId", client_id as "clientId",
        device_name as "deviceName", ip_address as ip, ${epochMs('created_at')} as "createdAt",
        ${epochMs('last_activity_at')} as "lastActivityAt" from (${live}) as live`)} as active,
      ${all(`(${devices} and device_id = $4)
        union all
        (${devices} and device_id is distinct from $4 and $5::float8 is not null order by last_at desc limit ${MAX_PAST})
        union all
        (select null, ${epochMs('created_at')}, ${epochMs("coalesce((addresses->0->>'at')::timestamptz, created_at)")}, ${listOf('ip_address')},
          ${listOf("location->>'countryCode'")}, location, false
        from (${live}) as live where full_expires_at is null and $5::float8 is not null
        order by created_at desc limit ${MAX_PAST})`)} as past`

  return {
    /** Asked at each login: the transaction has its user's lock. */
    async lookForLogin (sql: Sql, { userId, deviceId, asOf, knownDevicesMs }: LoginQuestion): Promise<LoginSight> {
      const [row] = await sql<LoginSight>(
        sight, [userId, asOf, idleAllowanceMs, deviceId, knownDevicesMs], { prepared: true })
      return row as LoginSight
    }
  }
}
