/** Queries on known devices: what a login adds, and what is forgotten. */
import { tablesIn } from '../../database/session-sql.ts'
import type { Sql } from '../../database/sql.ts'
import type { KeptLocation } from '../../notices/places-record.ts'
import type { StoreOptions } from './options.ts'

/** Where a device signs in. */
export interface DeviceLogin {
  userId: string
  /** Null: it shows no id, and is not noted. */
  deviceId: string | null
  /** An address of IPv4, or a /64 of IPv6; or less, where less is kept. */
  network: string | null
  location: KeptLocation | null
}

/** A login that its user knows nothing of. Its session's row may be gone, and its notice older than its device's id. */
export interface ReportedLogin {
  userId: string
  sessionId: string
  deviceId: string | null
}

/** Devices of a user that are kept, and networks and countries of a device; the latest. */
const MAX_DEVICES = 100
const MAX_PLACES = 10

/** SQL: the parameters of a login's values, like `$1`. */
export type DeviceParameters = Record<'userId' | 'deviceId' | 'network' | 'countryCode' | 'location', string>

/**
 * SQL, parts of a `with`: this device signed in, and is known from now on; those of the user that did so longest ago
 * go, when they are too many.
 */
export function noteDeviceSql (
  device: string, { userId, deviceId, network, countryCode, location }: DeviceParameters
): string {
  const oldestKept =
    `select last_at from ${device} where user_id = ${userId} order by last_at desc offset ${MAX_DEVICES - 2} limit 1`
  return `
    device_noted as (
      insert into ${device} as d (user_id, device_id, networks, countries, location)
      values (${userId}, ${deviceId}, ${seenNow(network)}, ${listOf(countryCode)}, ${location}::jsonb)
      on conflict (user_id, device_id) do update set last_at = now(),
        networks = ${latestNetworks(network)},
        countries = ${latestCountries(countryCode)},
        location = coalesce(excluded.location, d.location)
      returning 1 as noted
    ), devices_dropped as (
      delete from ${device} where user_id = ${userId} and device_id <> ${deviceId} and refused_at is null
        and last_at < (${oldestKept})
    )`
}

/** With the time, so that old ones can be forgotten. */
function seenNow (network: string): string {
  return `case when ${network}::text is null then '[]'::jsonb
    else jsonb_build_array(jsonb_build_object('network', ${network}::text, 'at', to_jsonb(now()))) end`
}

function listOf (text: string): string {
  return `case when ${text}::text is null then '[]'::jsonb else jsonb_build_array(${text}::text) end`
}

/** This one first, then those of before, each once. */
function latestNetworks (network: string): string {
  return `case when ${network}::text is null then d.networks else excluded.networks || (
    select coalesce(jsonb_agg(entry order by place), '[]'::jsonb) from (
      select * from jsonb_array_elements(d.networks) with ordinality as e (entry, place)
      where entry->>'network' <> ${network}::text order by place limit ${MAX_PLACES - 1}
    ) as earlier) end`
}

function latestCountries (countryCode: string): string {
  return `case when ${countryCode}::text is null then d.countries
    else excluded.countries || ((d.countries - ${countryCode}::text) - ${MAX_PLACES - 1}) end`
}

export function deviceQueries ({ schema }: StoreOptions) {
  const { session, device } = tablesIn(schema)
  const noted = noteDeviceSql(
    device, { userId: '$1', deviceId: '$2', network: '$3', countryCode: '$4', location: '$5' }
  )
  const reportedDevice = `coalesce($3::text, (select device_id from ${session} where id = $2 and user_id = $1))`

  return {
    /** Of a session that is open already: a login notes its device as it inserts. */
    async noteDevice (sql: Sql, { userId, deviceId, network, location }: DeviceLogin): Promise<void> {
      if (deviceId === null) return
      await sql(`with ${noted} select noted from device_noted`,
        [userId, deviceId, network, location?.countryCode ?? null, location === null ? null : JSON.stringify(location)])
    },

    /** Nothing is known of this user's devices any more; how many there were. */
    async forgetDevices (sql: Sql, userId: string): Promise<number> {
      const [row] = await sql<{ count: number }>(
        `
        with gone as (delete from ${device} where user_id = $1 returning 1) select count(*)::int as count from gone`,
        [userId]
      )
      return row?.count ?? 0
    },

    /** Devices that these sessions' logins made known, and no other login did. */
    async forgetDevicesOf (sql: Sql, sessionIds: readonly string[]): Promise<void> {
      await sql(`
        delete from ${device} d using ${session} s where s.id = any($1::uuid[]) and d.user_id = s.user_id
          and d.device_id = s.device_id and d.first_at = s.created_at and d.refused_at is null`, [sessionIds])
    },

    /** The user says of a login: it wasn't me. Its device may not sign in to the account any more. */
    async refuseDeviceOf (sql: Sql, { userId, sessionId, deviceId }: ReportedLogin): Promise<void> {
      await sql(`
        insert into ${device} (user_id, device_id, refused_at)
        select $1, reported.id, now() from (select ${reportedDevice} as id) as reported where reported.id is not null
        on conflict (user_id, device_id) do update set refused_at = now()`, [userId, sessionId, deviceId])
    },

    /** Sessions of the same user and device that nobody has ended. */
    async sessionsOfDeviceOf (sql: Sql, { userId, sessionId, deviceId }: ReportedLogin): Promise<string[]> {
      const rows = await sql<{ id: string }>(`
        select id from ${session} where user_id = $1 and device_id = ${reportedDevice} and revoked_at is null`,
      [userId, sessionId, deviceId])
      return rows.map(({ id }) => id)
    }
  }
}
