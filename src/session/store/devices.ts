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

export function deviceQueries (sql: Sql, { schema }: StoreOptions) {
  const { session, device } = tablesIn(schema)
  const reportedDevice = `coalesce($3::text, (select device_id from ${session} where id = $2 and user_id = $1))`
  /** The latest first, each once; of networks with the time, so that old ones can be forgotten. */
  const withLatestNetwork = (value: string): string => `
    case when ${value}::text is null then d.networks else excluded.networks || (
      select coalesce(jsonb_agg(entry order by place), '[]'::jsonb) from (
        select * from jsonb_array_elements(d.networks) with ordinality as e (entry, place)
        where entry->>'network' <> ${value}::text order by place limit ${MAX_PLACES - 1}
      ) as earlier) end`
  const withLatest = (value: string): string =>
    `case when ${value}::text is null then d.countries else excluded.countries || ((d.countries - ${value}::text) - ${
      MAX_PLACES - 1
    }) end`
  const alone = (value: string): string =>
    `case when ${value}::text is null then '[]'::jsonb else jsonb_build_array(${value}::text) end`
  const nowFrom = (value: string): string => `case when ${value}::text is null then '[]'::jsonb
    else jsonb_build_array(jsonb_build_object('network', ${value}::text, 'at', to_jsonb(now()))) end`

  return {
    /**
     * This device signed in, and is known from now on; those of the user that did so longest ago go, when they are too
     * many.
     */
    async noteDevice ({ userId, deviceId, network, location }: DeviceLogin): Promise<void> {
      if (deviceId === null) return
      await sql(`
        with answer as (
          insert into ${device} as d (user_id, device_id, networks, countries, location) values ($1, $2, ${
          nowFrom('$3')
        }, ${alone('$4')}, $5::jsonb)
          on conflict (user_id, device_id) do update set last_at = now(), location = coalesce(excluded.location, d.location),
            networks = ${withLatestNetwork('$3')}, countries = ${withLatest('$4')}
          returning 1 as noted
        ), gone as (
        delete from ${device} where user_id = $1 and device_id <> $2 and refused_at is null
          and last_at < (select last_at from ${device} where user_id = $1 order by last_at desc offset ${
          MAX_DEVICES - 2
        } limit 1)
        )
        select * from answer`,
      [userId, deviceId, network, location?.countryCode ?? null, location === null ? null : JSON.stringify(location)],
      { prepared: true })
    },

    /** Nothing is known of this user's devices any more; how many there were. */
    async forgetDevices (userId: string): Promise<number> {
      const [row] = await sql<{ count: number }>(
        `
        with gone as (delete from ${device} where user_id = $1 returning 1) select count(*)::int as count from gone`,
        [userId]
      )
      return row?.count ?? 0
    },

    /** Devices that these sessions' logins made known, and no other login did. */
    async forgetDevicesOf (sessionIds: readonly string[]): Promise<void> {
      await sql(`
        delete from ${device} d using ${session} s where s.id = any($1::uuid[]) and d.user_id = s.user_id
          and d.device_id = s.device_id and d.first_at = s.created_at and d.refused_at is null`, [sessionIds])
    },

    /** The user says of a login: it wasn't me. Its device may not sign in to the account any more. */
    async refuseDeviceOf ({ userId, sessionId, deviceId }: ReportedLogin): Promise<void> {
      await sql(`
        insert into ${device} (user_id, device_id, refused_at)
        select $1, reported.id, now() from (select ${reportedDevice} as id) as reported where reported.id is not null
        on conflict (user_id, device_id) do update set refused_at = now()`, [userId, sessionId, deviceId])
    },

    /** Sessions of the same user and device that nobody has ended. */
    async sessionsOfDeviceOf ({ userId, sessionId, deviceId }: ReportedLogin): Promise<string[]> {
      const rows = await sql<{ id: string }>(`
        select id from ${session} where user_id = $1 and device_id = ${reportedDevice} and revoked_at is null`,
      [userId, sessionId, deviceId])
      return rows.map(({ id }) => id)
    }
  }
}
