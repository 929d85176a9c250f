/** Queries on single sessions and on those of a user: open, find, list, rename. */
import { active, endMoment, LONGEST_AGO_MS, sessionColumns, tablesIn } from '../../database/session-sql.ts'
import type { Sql, StatementOptions } from '../../database/sql.ts'
import type { Location } from '../../protocol.ts'
import type { Device } from '../../device/device.ts'
import type { DetailRow, SessionRow } from '../../session-row.ts'
import { noteDeviceSql } from './devices.ts'
import { keptBy, type StoreOptions } from './options.ts'

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

const PREPARED: StatementOptions = { prepared: true }

export function sessionQueries (options: StoreOptions) {
  const { schema, idleAllowanceMs } = options
  const { session, event, device: devices } = tablesIn(schema)
  const kept = keptBy(options)
  const deviceNoted = noteDeviceSql(
    devices, { userId: '$2', deviceId: '$4', network: '$19', countryCode: '$20', location: '$17' }
  )
  /** A new session, with its event, and with what else is done in the same statement. */
  const insertion = (known: string): string => `
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
    )${known}
    select * from answer`
  const inserted = insertion('')
  const insertedAndKnown = insertion(`, ${deviceNoted}`)

  return {
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
    },

    /** The row, alive or not; the one query of an admission. */
    async find (sql: Sql, id: string): Promise<SessionRow | null> {
      const [row] = await sql<SessionRow>(`select ${sessionColumns('$2')} from ${session} where id = $1`, [
        id,
        idleAllowanceMs
      ], PREPARED)
      return row ?? null
    },

    async findWithAddresses (sql: Sql, id: string): Promise<DetailRow | null> {
      const [row] = await sql<DetailRow>(
        `select ${sessionColumns('$2')}, addresses from ${session} where id = $1`, [id, idleAllowanceMs])
      return row ?? null
    },

    /** The user's sessions, latest activity first; with `endedWithinMs`, those too that ended so long ago at most. */
    async listOfUser (sql: Sql, userId: string, endedWithinMs: number | null): Promise<SessionRow[]> {
      return await sql<SessionRow>(`
        select ${sessionColumns('$2')} from ${session}
        where user_id = $1 and ((${active('$2')})
          or ${endMoment('$2')} > now() - $3::float8 * interval '1 millisecond')
        order by last_activity_at desc, created_at desc, id`, [userId, idleAllowanceMs, endedWithinMs])
    },

    /** Of these sessions, those that nobody could see yet at this snapshot: their logins had not been answered. */
    async openedSince (sql: Sql, ids: readonly string[], snapshot: string): Promise<string[]> {
      const rows = await sql<{ id: string }>(`
        select session_id as id from ${event}
        where session_id = any($1::uuid[]) and type = 'opened' and not pg_visible_in_snapshot(xid, $2::pg_snapshot)`,
      [ids, snapshot]
      )
      return rows.map(({ id }) => id)
    },

    /** The renamed session; null when there is no active one of that id (of that user). */
    async rename (sql: Sql, id: string, userId: string | undefined, deviceName: string): Promise<SessionRow | null> {
      const [row] = await sql<SessionRow>(`
        with renamed as (
          update ${session} set device_name = $3
          where id = $1 and ($2::text is null or user_id = $2) and ${active('$4')} returning *
        ), noted as (
          insert into ${event} (type, user_id, session_id, by) select 'renamed', user_id, id, user_id from renamed
        )
        select ${sessionColumns('$4')} from renamed`, [id, userId, deviceName, idleAllowanceMs])
      return row ?? null
    },

    /**
     * The row, and whether the person of this session proved who they are within this time. A window of for ever begins
     * before PostgreSQL's times do.
     */
    async authenticatedWithin (sql: Sql, id: string, ms: number): Promise<SessionRow & { recent: boolean } | null> {
      const [row] = await sql<SessionRow & { recent: boolean }>(
        `
        select ${
          sessionColumns('$2')
        }, authenticated_at > now() - least($3::float8, ${LONGEST_AGO_MS}) * interval '1 millisecond' as recent
        from ${session} where id = $1`,
        [id, idleAllowanceMs, ms]
      )
      return row ?? null
    }
  }
}
