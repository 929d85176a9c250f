/** The queries on sessions: one query, one typed function. Gives null or nothing where there is nothing; never throws by itself. */
import type { Device } from '../../device/device.ts'
import { endMoment, epochMs, living, LONGEST_AGO_MS, sessionColumns, timedOut, type DetailRow, type SessionRow } from '../../session-row.ts'
import { tableIn, type Sql, type StatementOptions } from '../../database/sql.ts'
import { createCleanupStore } from './cleanup.ts'
import type { LivingSession } from '../concurrency.ts'
import { createCredentialStore } from './credentials.ts'
import { createListStore } from './lists.ts'
import { endedColumns, oldestApplied, type Cause, type EndedSession, type Selection, type SessionEnd } from '../ended-session.ts'
import { createTransactionStore } from './transactions.ts'

export interface NewSession {
  id: string
  userId: string
  clientId: string | null
  deviceId: string | null
  device: Device
  ip: string | null
  /** How long it may live at most, in ms. */
  absoluteTimeoutMs: number
}

/** A living session, with what its browser looks like from here. */
export interface LivingDevice extends LivingSession {
  deviceName: string
  ip: string | null
}

/** Somebody was active in a session this long ago. */
export interface Touch {
  id: string
  agoMs: number
  ip: string | null
}

/** A device acknowledged its logout. */
export interface Receipt {
  sessionId: string
  eventId: string
}

export interface StoreOptions {
  schema: string | undefined
  /** A row counts as idle after this long, in ms: the timeout plus two batch intervals of activity. */
  idleAllowanceMs: number
}

export type SessionStore = ReturnType<typeof createSessionStore>

const PREPARED: StatementOptions = { prepared: true }
/** The largest number of addresses that a session remembers. */
const ADDRESSES = 5

export function createSessionStore (options: StoreOptions) {
  const { schema, idleAllowanceMs } = options
  const session = tableIn(schema, 'live_session')
  const event = tableIn(schema, 'live_session_event')
  const node = tableIn(schema, 'live_session_node')
  const applied = tableIn(schema, 'live_session_applied')

  return {
    ...createCleanupStore(options),
    ...createListStore(options),
    ...createTransactionStore(options),
    ...createCredentialStore(options),

    /** The new session, with its event. */
    async insert (sql: Sql, { id, userId, clientId, deviceId, device, ip, absoluteTimeoutMs }: NewSession): Promise<SessionRow> {
      const [row] = await sql<SessionRow>(`
        with answer as (
        insert into ${session} (id, user_id, client_id, device_id, ip_address, expires_at, addresses,
          device_name, device_type, browser_name, browser_version, os_name, os_version, device_vendor, device_model, user_agent)
        values ($1, $2, $3, $4, $5, now() + $6::float8 * interval '1 millisecond',
          case when $5::text is null then '[]'::jsonb else jsonb_build_array(jsonb_build_object('ip', $5::text, 'at', to_jsonb(now()))) end,
          $7, $8, $9, $10, $11, $12, $13, $14, $15)
        returning ${sessionColumns('$16')}
        ), opened as (
          insert into ${event} (type, user_id, session_id, by, ip_address) values ('opened', $2, $1, $2, $5)
        )
        select * from answer`,
      [id, userId, clientId, deviceId, ip, absoluteTimeoutMs,
        device.deviceName, device.deviceType, device.browser?.name, device.browser?.version, device.os?.name, device.os?.version,
        device.deviceVendor, device.deviceModel, device.userAgent, idleAllowanceMs])
      return row as SessionRow
    },

    /** The row, alive or not; the one query of an admission. */
    async find (sql: Sql, id: string): Promise<SessionRow | null> {
      const [row] = await sql<SessionRow>(`select ${sessionColumns('$2')} from ${session} where id = $1`, [id, idleAllowanceMs], PREPARED)
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
        where user_id = $1 and ((${living('$2')})
          or ${endMoment('$2')} > now() - $3::float8 * interval '1 millisecond')
        order by last_activity_at desc, created_at desc, id`, [userId, idleAllowanceMs, endedWithinMs])
    },

    /** The user's living sessions, as the rules of a login see them. */
    async livingOfUser (sql: Sql, userId: string): Promise<LivingDevice[]> {
      return await sql<LivingDevice>(`
        select id, device_type as "deviceType", device_id as "deviceId", client_id as "clientId", device_name as "deviceName", ip_address as ip,
          ${epochMs('created_at')} as "createdAt", ${epochMs('last_activity_at')} as "lastActivityAt"
        from ${session} where user_id = $1 and ${living('$2')}`, [userId, idleAllowanceMs])
    },

    /** Of these sessions, those that nobody could see yet at this snapshot: their logins had not been answered. */
    async openedSince (sql: Sql, ids: readonly string[], snapshot: string): Promise<string[]> {
      const rows = await sql<{ id: string }>(`
        select session_id as id from ${event}
        where session_id = any($1::uuid[]) and type = 'opened' and not pg_visible_in_snapshot(xid, $2::pg_snapshot)`, [ids, snapshot])
      return rows.map(({ id }) => id)
    },

    /** The renamed session; null when there is no living one of that id (of that user). */
    async rename (sql: Sql, id: string, userId: string | undefined, deviceName: string): Promise<SessionRow | null> {
      const [row] = await sql<SessionRow>(`
        with renamed as (
          update ${session} set device_name = $3
          where id = $1 and ($2::text is null or user_id = $2) and ${living('$4')} returning *
        ), noted as (
          insert into ${event} (type, user_id, session_id, by) select 'renamed', user_id, id, user_id from renamed
        )
        select ${sessionColumns('$4')} from renamed`, [id, userId, deviceName, idleAllowanceMs])
      return row ?? null
    },

    /** Ends these sessions, in id order, and gives those that had not ended before. The trigger writes xid and event. */
    async end (sql: Sql, selection: Selection, { reason, by, ip }: Cause): Promise<EndedSession[]> {
      if ('ids' in selection && selection.ids.length === 1) {
        return await sql<EndedSession>(`
          update ${session} set revoked_at = now(), revoked_reason = $3, revoked_by = $4, revoked_from = $5
          where id = $1 and ($2::text is null or user_id = $2) and revoked_at is null
          returning ${endedColumns('')}`, [selection.ids[0], selection.userId, reason, by, ip], PREPARED)
      }
      const { where, values } = selected(selection)
      return await sql<EndedSession>(`
        with target as (select id from ${session} where ${where} and revoked_at is null order by id for update)
        update ${session} s set revoked_at = now(), revoked_reason = $3, revoked_by = $4, revoked_from = $5
        from target where s.id = target.id and s.revoked_at is null
        returning ${endedColumns('s.')}`, [...values, reason, by, ip])
    },

    /** Whose sessions these are. */
    async usersOf (sql: Sql, selection: Selection): Promise<string[]> {
      const { where, values } = selected(selection)
      const rows = await sql<{ userId: string }>(`select distinct user_id as "userId" from ${session} where ${where}`, values)
      return rows.map(({ userId }) => userId)
    },

    /** Of these sessions, those that have ended while some node may not have applied it yet: what a repeat has to wait for. */
    async unappliedEnds (sql: Sql, selection: Selection): Promise<EndedSession[]> {
      const { where, values } = selected(selection)
      return await sql<EndedSession>(`
        select ${endedColumns('')} from ${session}
        where ${where} and revoked_xid >= ${oldestApplied(node)} and not ${applied}(revoked_xid)
        order by id`, values)
    },

    /** Of these sessions, those that live no more, with how they ended. */
    async endsOf (sql: Sql, ids: readonly string[]): Promise<SessionEnd[]> {
      return await sql<SessionEnd>(`
        select asked.id, coalesce(${epochMs('revoked_at')}, ${epochMs('now()')}) as at, revoked_event_id as "eventId",
          case when s.id is null then 'policy' when revoked_at is not null then coalesce(revoked_reason, 'policy') else ${timedOut('$2')} end as reason
        from unnest($1::uuid[]) as asked (id) left join ${session} s on s.id = asked.id
        where s.id is null or revoked_at is not null or ${timedOut('$2')} is not null`, [ids, idleAllowanceMs])
    },

    /** Ends a session that is idle by the database's clock; nothing when it is not. */
    async endIdle (sql: Sql, id: string): Promise<EndedSession[]> {
      return await sql<EndedSession>(`
        update ${session} s set revoked_at = now(), revoked_reason = 'idle_timeout', revoked_by = 'system'
        where id = $1 and revoked_at is null and ${timedOut('$2')} = 'idle_timeout'
        returning ${endedColumns('s.')}`, [id, idleAllowanceMs])
    },

    /** The row, and whether the person of this session proved who they are within this time. A window of for ever begins before PostgreSQL's times do. */
    async authenticatedWithin (sql: Sql, id: string, ms: number): Promise<SessionRow & { recent: boolean } | null> {
      const [row] = await sql<SessionRow & { recent: boolean }>(`
        select ${sessionColumns('$2')}, authenticated_at > now() - least($3::float8, ${LONGEST_AGO_MS}) * interval '1 millisecond' as recent
        from ${session} where id = $1`, [id, idleAllowanceMs, ms])
      return row ?? null
    },

    /** These devices said that their logouts arrived. */
    async markDelivered (sql: Sql, receipts: readonly Receipt[]): Promise<void> {
      await sql(`
        with receipt as (
          select s.id from ${session} s join unnest($1::uuid[], $2::uuid[]) as r (id, event_id) on s.id = r.id and s.revoked_event_id = r.event_id
          where s.logout_delivered_at is null order by s.id for update of s
        )
        update ${session} s set logout_delivered_at = now() from receipt where s.id = receipt.id`,
      [receipts.map(({ sessionId }) => sessionId), receipts.map(({ eventId }) => eventId)])
    },

    /** Writes a batch of activity in one statement: forward only, never in an ended session. Gives the rows that it skipped, because they were locked. */
    async touch (sql: Sql, batch: readonly Touch[]): Promise<string[]> {
      const skipped = await sql<{ id: string }>(`
        with batch as (
          select * from unnest($1::uuid[], $2::float8[], $3::text[]) as b (id, ago_ms, ip)
        ), target as (
          select s.id, b.ip, now() - b.ago_ms * interval '1 millisecond' as at
          from ${session} s join batch b using (id)
          where ${living('$4')}
          order by s.id for update of s skip locked
        ), written as (
        update ${session} s set
          last_activity_at = target.at,
          ip_address = coalesce(target.ip, s.ip_address),
          addresses = case when target.ip is null then s.addresses else (
            select jsonb_agg(a.entry order by a.place) from (
              select jsonb_build_object('ip', target.ip, 'at', to_jsonb(target.at)) as entry, 0::bigint as place
              union all
              (select entry, place from jsonb_array_elements(s.addresses) with ordinality as e (entry, place)
                where entry->>'ip' <> target.ip order by place limit ${ADDRESSES - 1})
            ) a) end
        from target where s.id = target.id and target.at > s.last_activity_at
        )
        select s.id from ${session} s join batch b using (id)
        where ${living('$4')} and s.last_activity_at < now() - b.ago_ms * interval '1 millisecond'
          and s.id not in (select id from target)`,
      [batch.map((touch) => touch.id), batch.map((touch) => touch.agoMs), batch.map((touch) => touch.ip), idleAllowanceMs])
      return skipped.map(({ id }) => id)
    }
  }
}

/** `$1` and `$2` of a selection. */
function selected (selection: Selection): { where: string, values: [unknown, unknown] } {
  if ('ids' in selection) return { where: 'id = any($1::uuid[]) and ($2::text is null or user_id = $2)', values: [selection.ids, selection.userId] }
  return { where: 'user_id = $1 and ($2::uuid is null or id <> $2)', values: [selection.userId, selection.except] }
}
