/** The queries of a login: its user's lock, what it sees under it, and the row that it opens. */
import { active, epochMs, LONGEST_AGO_MS, sessionColumns, tablesIn } from '../../database/session-sql.ts'
import type { Sql, StatementOptions } from '../../database/sql.ts'
import type { Device } from '../../device/device.ts'
import type { Past } from '../../notices/known-devices.ts'
import type { Location } from '../../protocol.ts'
import type { SessionRow } from '../../session-row.ts'
import type { ActiveSession } from '../concurrency.ts'
import { changedSince, LOGINS_LOCK, USERS_LOCKS } from './credentials.ts'
import { noteDeviceSql } from './devices.ts'
import { keptBy, type StoreOptions } from './options.ts'

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

export interface NewSession {
  id: string
  userId: string
  clientId: string | null
  deviceId: string | null
  device: Device
  ip: string | null
  /** How long it may live at most, in ms. */
  absoluteTimeoutMs: number
  /** Where the address is. */
  location?: Location | null
  /** It has to be confirmed within this time, in ms; null: it need not be. */
  confirmWithinMs?: number | null
  /** Its device is a known one from now on, seen in this network (null: in none that is kept); left out: it is not. */
  knownIn?: { network: string | null } | undefined
}

/** Of each kind. */
const MAX_PAST = 50
const PREPARED: StatementOptions = { prepared: true }
/** As text: some drivers know no void. */
const LOCKED = `select pg_advisory_xact_lock_shared(${LOGINS_LOCK})::text as shared,
  pg_advisory_xact_lock(hashtextextended($1, ${USERS_LOCKS}))::text as own, ${epochMs('now()')} as at`
/** The insert's parameters that its device is noted by. */
const LOGIN_DEVICE = { userId: '$2', deviceId: '$4', network: '$19', countryCode: '$20', location: '$17' }

export function loginQueries (options: StoreOptions) {
  const { schema, idleAllowanceMs } = options
  const tables = tablesIn(schema)
  const kept = keptBy(options)
  const sight = sightSql(tables)
  const inserted = insertSql(tables, '')
  const insertedAndKnown = insertSql(tables, `, ${noteDeviceSql(tables.device, LOGIN_DEVICE)}`)

  return {
    /**
     * Waits for the other logins of this user, and for changes of the credentials; released by the end of the
     * transaction. Gives the transaction's time, which its rows will have, in ms since 1970.
     */
    async lockForLogin (sql: Sql, userId: string): Promise<number> {
      const [row] = await sql<{ at: number }>(LOCKED, [userId], PREPARED)
      return (row as { at: number }).at
    },

    /** Asked at each login: the transaction has its user's lock. */
    async lookForLogin (sql: Sql, { userId, deviceId, asOf, knownDevicesMs }: LoginQuestion): Promise<LoginSight> {
      const [row] = await sql<LoginSight>(sight, [userId, asOf, idleAllowanceMs, deviceId, knownDevicesMs], PREPARED)
      return row as LoginSight
    },

    /** Of these sessions, those that nobody could see yet at this snapshot: their logins had not been answered. */
    async openedSince (sql: Sql, ids: readonly string[], snapshot: string): Promise<string[]> {
      const rows = await sql<{ id: string }>(`
        select session_id as id from ${tables.event}
        where session_id = any($1::uuid[]) and type = 'opened' and not pg_visible_in_snapshot(xid, $2::pg_snapshot)`,
      [ids, snapshot]
      )
      return rows.map(({ id }) => id)
    },

    /** The new session, with its event and its device. */
    async insert (
      sql: Sql,
      { id, userId, clientId, deviceId, device, ip, absoluteTimeoutMs, location, confirmWithinMs, knownIn }: NewSession
    ): Promise<SessionRow> {
      const known = deviceId === null || knownIn === undefined ? null : knownIn
      const [row] = await sql<SessionRow>(known === null ? inserted : insertedAndKnown, [
        id,
        userId,
        clientId,
        deviceId,
        kept(ip),
        absoluteTimeoutMs,
        device.deviceName,
        device.deviceType,
        device.browser?.name,
        device.browser?.version,
        device.os?.name,
        device.os?.version,
        device.deviceVendor,
        device.deviceModel,
        device.userAgent,
        idleAllowanceMs,
        location == null ? null : JSON.stringify(location),
        confirmWithinMs,
        ...(known === null ? [] : [known.network, location?.countryCode ?? null])
      ], PREPARED)
      return row as SessionRow
    }
  }
}

type Tables = ReturnType<typeof tablesIn>

/** One statement, one snapshot. */
function sightSql ({ session, device, event }: Tables): string {
  const live = `select * from ${session} where user_id = $1 and ${active('$3')}`
  const devices = `select device_id as "deviceId", ${epochMs('first_at')} as since, ${epochMs('last_at')} as at,
      jsonb_path_query_array(networks, '$[*].network') as networks, countries, location, refused_at is not null as refused
    from ${device} where user_id = $1
      and (refused_at is not null or last_at > now() - least($5::float8, ${LONGEST_AGO_MS}) * interval '1 millisecond')`
  const listOf = (value: string): string =>
    `case when ${value} is null then '[]'::jsonb else jsonb_build_array(${value}) end`
  const all = (rows: string): string => `coalesce((select jsonb_agg(row) from (${rows}) as row), '[]'::jsonb)`
  return `
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
}

/** A new session, with its event, and with what else is done in the same statement. */
function insertSql ({ session, event }: Tables, others: string): string {
  return `
    with answer as (
    insert into ${session} (id, user_id, client_id, device_id, ip_address, expires_at, addresses,
      device_name, device_type, browser_name, browser_version, os_name, os_version, device_vendor, device_model, user_agent,
      location, full_expires_at)
    values ($1, $2, $3, $4, $5, now() + least($6::float8, $18::float8) * interval '1 millisecond',
      case when $5::text is null then '[]'::jsonb else jsonb_build_array(jsonb_build_object('ip', $5::text, 'at', to_jsonb(now()))) end,
      $7, $8, $9, $10, $11, $12, $13, $14, $15,
      $17::jsonb, case when $18::float8 is not null then now() + $6::float8 * interval '1 millisecond' end)
    returning ${sessionColumns('$16')}
    ), opened as (
      insert into ${event} (type, user_id, session_id, by, ip_address) values ('opened', $2, $1, $2, $5)
    )${others}
    select * from answer`
}
