/**
 * SQL that several queries share: what a session's columns are, and when it is active, has timed out, or has ended.
 * Said once, here. `idle` is the parameter, like `$2`, with the idle allowance in ms; `alias` what the session's table
 * is called, like `s.`.
 */
import { tableIn } from './sql.ts'

/** The names of our tables and of the function `live_session_applied(xid8)`, as they are written in this schema. */
export function tablesIn (schema: string | undefined) {
  return {
    session: tableIn(schema, 'live_session'),
    event: tableIn(schema, 'live_session_event'),
    node: tableIn(schema, 'live_session_node'),
    address: tableIn(schema, 'live_session_address'),
    notice: tableIn(schema, 'live_session_notice'),
    device: tableIn(schema, 'live_session_device'),
    applied: tableIn(schema, 'live_session_applied')
  }
}

/** In ms since 1970. */
export function epochMs (column: string): string {
  return `floor(extract(epoch from ${column}) * 1000)::float8`
}

/** In microseconds since 1970, as exact as PostgreSQL has it. */
export function epochMicros (column: string): string {
  return `(extract(epoch from ${column}) * 1000000)::bigint::text`
}

/** The columns of a `SessionRow`. */
export function sessionColumns (idle: string): string {
  return `
    id, user_id as "userId", client_id as "clientId", device_name as "deviceName", device_type as "deviceType",
    browser_name as "browserName", browser_version as "browserVersion", os_name as "osName", os_version as "osVersion",
    device_vendor as "deviceVendor", device_model as "deviceModel", ip_address as "ipAddress", location,
    ${epochMs('created_at')} as "createdAt", ${epochMs('last_activity_at')} as "lastActivityAt",
    ${epochMs('expires_at')} as "expiresAt", ${epochMs('full_expires_at')} as "fullExpiresAt", ${
    timedOut(idle)
  } as "timedOut",
    ${epochMs('revoked_at')} as "revokedAt", revoked_reason as "revokedReason", revoked_by as "revokedBy",
    revoked_by_device as "revokedByDevice",
    ${epochMs('logout_delivered_at')} as "logoutDeliveredAt"`
}

/**
 * Why a session has ended by itself, by the database's clock; null while it has not. Says nothing of one that somebody
 * ended.
 */
export function timedOut (idle: string, alias = ''): string {
  return `case when ${alias}expires_at <= now() then 'expired'
    when ${alias}last_activity_at + ${idle}::float8 * interval '1 millisecond' <= now() then 'idle_timeout' end`
}

/** In ms; an idle timeout may be "never", and PostgreSQL's times do not begin much earlier. */
export const LONGEST_AGO_MS = '1e14'

/** It has neither been ended nor timed out. In plain comparisons: PostgreSQL knows how many rows that are. */
export function active (idle: string): string {
  return `revoked_at is null and expires_at > now()
    and last_activity_at > now() - least(${idle}::float8, ${LONGEST_AGO_MS}) * interval '1 millisecond'`
}

/** `active`, `expired` or `revoked`, as the owner is shown it. */
export function status (idle: string): string {
  return `case when revoked_at is null and ${timedOut(idle)} is null then 'active'
    when revoked_at is null or revoked_reason in ('expired', 'idle_timeout') then 'expired' else 'revoked' end`
}

/** When it ended, or will end by itself. */
export function endMoment (idle: string): string {
  return `coalesce(revoked_at, least(expires_at, last_activity_at + ${idle}::float8 * interval '1 millisecond'))`
}

/** The columns of an `EndedSession`. */
export function endedColumns (alias = ''): string {
  return `${alias}id, ${alias}user_id as "userId", ${alias}revoked_reason as reason, ${
    epochMs(`${alias}revoked_at`)
  } as at,
    ${alias}revoked_event_id as "eventId", ${alias}revoked_by_device as "byDevice", ${alias}revoked_xid::text as xid`
}

/**
 * No node's memory is from before this transaction: a bound, so that older ends are not even looked at. `node` is the
 * nodes' table.
 */
export function oldestApplied (node: string): string {
  return `(select min(pg_snapshot_xmin(applied)::text::bigint)::text::xid8 from ${node})`
}

/** Behind this position in descending order of time and id; `micros` and `id` are parameters. */
export function behind (column: string, micros: string, id: string, idColumn = 'id'): string {
  return `(${micros}::bigint is null or (${column}, ${idColumn})
    < (timestamptz 'epoch' + ${micros}::bigint * interval '1 microsecond', ${id}::uuid))`
}
