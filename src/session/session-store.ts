/** The queries on sessions: one query, one typed function. Gives null or nothing where there is nothing; never throws by itself. */
import type { Device } from '../device.ts'
import type { EndReason, RevocationReason } from '../protocol.ts'
import { epochMs, sessionColumns, timedOut, type DetailRow, type SessionRow } from '../session-row.ts'
import { tableIn, type Sql, type StatementOptions } from '../sql.ts'
import type { LivingSession } from './concurrency.ts'

/** A session that has ended, as every node needs to know it. */
export interface EndedSession {
  id: string
  userId: string
  reason: EndReason
  /** When, in ms since 1970. */
  at: number
  eventId: string
  /** The transaction that ended it. */
  xid: string
}

/** How a session that does not live any more has ended. Without an event when nobody ended it: it expired, or its row is gone. */
export interface SessionEnd {
  id: string
  reason: EndReason
  /** When, in ms since 1970. */
  at: number
  eventId: string | null
}

/** Which sessions to end: these, or all of a user but one. */
export type Selection =
  | { ids: readonly string[], userId?: string }
  | { userId: string, except?: string | undefined }

/** Why, by whom and from where a session is ended. */
export interface Cause {
  reason: RevocationReason | EndReason
  /** A user id, or `system`. */
  by: string
  ip: string | null
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

/** Where a page of the cleanup begins, and what is old. */
export interface CleanPage {
  after: string | null
  limit: number
  retentionMs: number
}

export interface CleanedPage {
  /** The last id of the page; null when there was none. */
  last: string | null
  looked: number
  deleted: number
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

export function createSessionStore ({ schema, idleAllowanceMs }: StoreOptions) {
  const session = tableIn(schema, 'live_session')
  const event = tableIn(schema, 'live_session_event')
  const node = tableIn(schema, 'live_session_node')
  const applied = tableIn(schema, 'live_session_applied')

  return {
    /** Waits for the other logins and mass revocations of this user; released by the end of the transaction. */
    async lockUser (sql: Sql, userId: string): Promise<void> {
      await sql('select pg_advisory_xact_lock(hashtextextended($1, 5184471212))', [userId])
    },

    /** The new session, with its event. */
    async insert (sql: Sql, { id, userId, clientId, deviceId, device, ip, absoluteTimeoutMs }: NewSession): Promise<SessionRow> {
      const [row] = await sql<SessionRow>(`
        with opened as (
          insert into ${event} (type, user_id, session_id, by, ip_address) values ('opened', $2, $1, $2, $5)
        )
        insert into ${session} (id, user_id, client_id, device_id, ip_address, expires_at, addresses,
          device_name, device_type, browser_name, browser_version, os_name, os_version, device_vendor, device_model, user_agent)
        values ($1, $2, $3, $4, $5, now() + $6::float8 * interval '1 millisecond',
          case when $5::text is null then '[]'::jsonb else jsonb_build_array(jsonb_build_object('ip', $5::text, 'at', to_jsonb(now()))) end,
          $7, $8, $9, $10, $11, $12, $13, $14, $15)
        returning ${sessionColumns('$16')}`,
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
        where user_id = $1 and ((revoked_at is null and ${timedOut('$2')} is null)
          or coalesce(revoked_at, least(expires_at, last_activity_at + $2::float8 * interval '1 millisecond')) > now() - $3::float8 * interval '1 millisecond')
        order by last_activity_at desc, created_at desc, id`, [userId, idleAllowanceMs, endedWithinMs])
    },

    /** The user's living sessions, as the rules of a login see them. */
    async livingOfUser (sql: Sql, userId: string): Promise<LivingSession[]> {
      return await sql<LivingSession>(`
        select id, device_type as "deviceType", device_id as "deviceId", client_id as "clientId",
          ${epochMs('created_at')} as "createdAt", ${epochMs('last_activity_at')} as "lastActivityAt"
        from ${session} where user_id = $1 and revoked_at is null and ${timedOut('$2')} is null`, [userId, idleAllowanceMs])
    },

    /** The renamed session; null when there is no living one of that id (of that user). */
    async rename (sql: Sql, id: string, userId: string | undefined, deviceName: string): Promise<SessionRow | null> {
      const [row] = await sql<SessionRow>(`
        with renamed as (
          update ${session} set device_name = $3
          where id = $1 and ($2::text is null or user_id = $2) and revoked_at is null and ${timedOut('$4')} is null returning *
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

    /** Whether this transaction may clean up: one at a time, over all nodes. */
    async tryLockCleanup (sql: Sql): Promise<boolean> {
      const [row] = await sql<{ locked: boolean }>('select pg_try_advisory_xact_lock(5184471213) as locked')
      return row?.locked ?? false
    },

    /** One page of sessions after this id: ends those that are idle or expired, deletes those that ended before the retention time. */
    async cleanSessions (sql: Sql, { after, limit, inactiveMs, retentionMs }: CleanPage & { inactiveMs: number }): Promise<CleanedPage & { ended: EndedSession[] }> {
      const [row] = await sql<CleanedPage & { ended: EndedSession[] }>(`
        with page as (
          select id, revoked_at, expires_at, last_activity_at from ${session} where $1::uuid is null or id > $1 order by id limit $2
        ), due as (
          select s.id, case when s.expires_at <= now() then 'expired' else 'idle_timeout' end as reason from ${session} s join page using (id)
          where s.revoked_at is null and (s.expires_at <= now()
            or s.last_activity_at + least($3::float8, $5::float8) * interval '1 millisecond' <= now())
          order by s.id for update of s skip locked
        ), ended as (
          update ${session} s set revoked_at = now(), revoked_reason = due.reason, revoked_by = 'system'
          from due where s.id = due.id returning ${endedColumns('s.')}
        ), deleted as (
          delete from ${session} s using page where s.id = page.id
            and s.revoked_at < now() - $4::float8 * interval '1 millisecond' and ${applied}(s.revoked_xid) returning 1
        )
        select (select id from page order by id desc limit 1) as last, (select count(*)::int from page) as looked,
          (select count(*)::int from deleted) as deleted, coalesce((select jsonb_agg(e) from ended e), '[]'::jsonb) as ended`,
      [after, limit, inactiveMs, retentionMs, idleAllowanceMs])
      return row as CleanedPage & { ended: EndedSession[] }
    },

    /** One page of events after this id: deletes those older than the retention time. */
    async cleanEvents (sql: Sql, { after, limit, retentionMs }: CleanPage): Promise<CleanedPage> {
      const [row] = await sql<CleanedPage>(`
        with page as (
          select id from ${event} where $1::uuid is null or id > $1 order by id limit $2
        ), deleted as (
          delete from ${event} e using page where e.id = page.id and e.at < now() - $3::float8 * interval '1 millisecond' returning 1
        )
        select (select id from page order by id desc limit 1) as last, (select count(*)::int from page) as looked,
          (select count(*)::int from deleted) as deleted`, [after, limit, retentionMs])
      return row as CleanedPage
    },

    /** Whether the person of this session proved who they are within this time. */
    async authenticatedWithin (sql: Sql, id: string, ms: number): Promise<boolean> {
      const [row] = await sql<{ recent: boolean }>(`
        select authenticated_at > now() - $2::float8 * interval '1 millisecond' as recent from ${session} where id = $1`, [id, ms])
      return row?.recent ?? false
    },

    /** They did so just now; gives the time. */
    async noteAuthentication (sql: Sql, id: string): Promise<number | null> {
      const [row] = await sql<{ at: number }>(`update ${session} set authenticated_at = now() where id = $1 and revoked_at is null returning ${epochMs('authenticated_at')} as at`, [id])
      return row?.at ?? null
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

    /** What is visible now, as a cursor. */
    async snapshot (sql: Sql): Promise<string> {
      const [row] = await sql<{ snapshot: string }>('select pg_current_snapshot()::text as snapshot')
      return (row as { snapshot: string }).snapshot
    },

    /** The number of this transaction; it gets one if it had none. */
    async currentTransaction (sql: Sql): Promise<{ xid: string }> {
      const [row] = await sql<{ xid: string }>('select pg_current_xact_id()::text as xid')
      return row as { xid: string }
    },

    /** `committed`, `aborted` or `in progress`; null for one long past. */
    async transactionStatus (sql: Sql, xid: string): Promise<string | null> {
      const [row] = await sql<{ status: string | null }>('select pg_xact_status($1::text::xid8) as status', [xid])
      return row?.status ?? null
    },

    /** Of these sessions, those that this transaction really ended: a part of it may have been rolled back. */
    async endedBy (sql: Sql, xid: string, ids: readonly string[]): Promise<EndedSession[]> {
      return await sql<EndedSession>(`select ${endedColumns('')} from ${session} where id = any($1::uuid[]) and revoked_xid = $2::text::xid8 order by id`, [ids, xid])
    },

    /** Whether this transaction really noted that this user's credentials changed. */
    async credentialsChangedBy (sql: Sql, xid: string, userId: string): Promise<boolean> {
      const [row] = await sql(`select 1 from ${event} where user_id = $1 and type = 'credentials_changed' and xid = $2::text::xid8`, [userId, xid])
      return row !== undefined
    },

    /** The isolation of the transaction that asks, in PostgreSQL's words. */
    async isolation (sql: Sql): Promise<string> {
      const [row] = await sql<{ isolation: string }>("select current_setting('transaction_isolation') as isolation")
      return row?.isolation ?? ''
    },

    /** Locks the row against its end until the transaction is over; null when it is gone. */
    async lockAlive (sql: Sql, id: string): Promise<Pick<SessionRow, 'revokedAt' | 'revokedReason' | 'timedOut'> | null> {
      const [row] = await sql<SessionRow>(`select ${sessionColumns('$2')} from ${session} where id = $1 for share`, [id, idleAllowanceMs])
      return row ?? null
    },

    /** The same for other database layers: a row when the session is alive, and locked against its end; none when it is not. */
    aliveStatement (id: string): { text: string, values: [string, number] } {
      return { text: `select id from ${session} where id = $1 and revoked_at is null and ${timedOut('$2')} is null for share`, values: [id, idleAllowanceMs] }
    },

    /** Notes that older proofs of who this user is (a password checked before) count no more; gives the transaction that says so. */
    async noteCredentialsChange (sql: Sql, userId: string, { reason, by, ip }: Cause): Promise<string> {
      const [row] = await sql<{ xid: string }>(`
        insert into ${event} (type, user_id, reason, by, ip_address) values ('credentials_changed', $1, $2, $3, $4)
        returning xid::text as xid`, [userId, reason, by, ip])
      return (row as { xid: string }).xid
    },

    /** Whether such a note was committed that nobody could see at this snapshot. */
    async credentialsChangedSince (sql: Sql, userId: string, snapshot: string): Promise<boolean> {
      const [row] = await sql<{ changed: boolean }>(`
        select exists (select from ${event} where user_id = $1 and type = 'credentials_changed'
          and xid >= pg_snapshot_xmin($2::pg_snapshot) and not pg_visible_in_snapshot(xid, $2::pg_snapshot)) as changed`, [userId, snapshot])
      return row?.changed ?? true
    },

    /** Writes a batch of activity in one statement: forward only, never in an ended session. Gives the rows that it skipped, because they were locked. */
    async touch (sql: Sql, batch: readonly Touch[]): Promise<string[]> {
      const skipped = await sql<{ id: string }>(`
        with batch as (
          select * from unnest($1::uuid[], $2::float8[], $3::text[]) as b (id, ago_ms, ip)
        ), target as (
          select s.id, b.ip, now() - b.ago_ms * interval '1 millisecond' as at
          from ${session} s join batch b using (id)
          where s.revoked_at is null and ${timedOut('$4')} is null
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
        where s.revoked_at is null and ${timedOut('$4')} is null and s.last_activity_at < now() - b.ago_ms * interval '1 millisecond'
          and s.id not in (select id from target)`,
      [batch.map((touch) => touch.id), batch.map((touch) => touch.agoMs), batch.map((touch) => touch.ip), idleAllowanceMs])
      return skipped.map(({ id }) => id)
    }
  }
}

/** No node's memory is from before this transaction: a bound, so that older ends are not even looked at. */
export function oldestApplied (node: string): string {
  return `(select min(pg_snapshot_xmin(applied)::text::bigint)::text::xid8 from ${node})`
}

/** The columns of an {@link EndedSession}. */
export function endedColumns (alias: string): string {
  return `${alias}id, ${alias}user_id as "userId", ${alias}revoked_reason as reason, ${epochMs(`${alias}revoked_at`)} as at,
    ${alias}revoked_event_id as "eventId", ${alias}revoked_xid::text as xid`
}

/** `$1` and `$2` of a selection. */
function selected (selection: Selection): { where: string, values: [unknown, unknown] } {
  if ('ids' in selection) return { where: 'id = any($1::uuid[]) and ($2::text is null or user_id = $2)', values: [selection.ids, selection.userId] }
  return { where: 'user_id = $1 and ($2::uuid is null or id <> $2)', values: [selection.userId, selection.except] }
}
