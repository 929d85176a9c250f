/** The first tables: sessions, events, nodes, and the triggers by which the database keeps its part of the promise. */
import { guardFunction } from './guard.ts'
import { tableIn } from './table-in.ts'

const REASONS = [
  'logout', 'revoked_by_user', 'revoked_by_admin', 'concurrent_login', 'session_limit',
  'password_changed', 'account_disabled', 'reported_by_user', 'policy', 'expired', 'idle_timeout'
]

export function * initial (schema: string): Generator<string> {
  const name = (table: string): string => tableIn(schema, table)
  const session = name('live_session')
  const event = name('live_session_event')

  // fillfactor: sessions that began together are active together, so that one batch may touch every row of a page; less
  // than half full, all their new versions find room beside the old ones, and the batch stays HOT. At 75, two in three
  // do not.
  yield `
    create table if not exists ${session} (
      id uuid primary key,
      user_id text not null,
      client_id text,
      device_id text,
      device_name text not null,
      device_type text not null,
      browser_name text,
      browser_version text,
      os_name text,
      os_version text,
      device_vendor text,
      device_model text,
      user_agent varchar(512) not null,
      ip_address text,
      addresses jsonb not null default '[]'::jsonb,
      location jsonb,
      created_at timestamptz not null default now(),
      authenticated_at timestamptz not null default now(),
      last_activity_at timestamptz not null default now(),
      expires_at timestamptz not null,
      revoked_at timestamptz,
      revoked_reason text,
      revoked_by text,
      revoked_from text,
      revoked_xid xid8,
      revoked_event_id uuid,
      logout_delivered_at timestamptz
    )`
  yield `alter table ${session} set (fillfactor = 45)`
  yield `create index if not exists live_session_user on ${session} (user_id)`
  yield `create index if not exists live_session_created on ${session} (created_at, id)`
  yield `create index if not exists live_session_revoked_xid on ${session} (revoked_xid, id) where revoked_xid is not null`

  yield `
    create table if not exists ${event} (
      id uuid primary key default gen_random_uuid(),
      at timestamptz not null default clock_timestamp(),
      type text not null,
      user_id text not null,
      session_id uuid,
      reason text,
      by text,
      ip_address text,
      xid xid8 not null default pg_current_xact_id()
    )`
  yield `create index if not exists live_session_event_user on ${event} (user_id, at)`
  yield `create index if not exists live_session_event_session on ${event} (session_id)`
  yield `create index if not exists live_session_event_xid on ${event} (xid)`

  yield `
    create table if not exists ${name('live_session_node')} (
      incarnation uuid primary key,
      stamp uuid not null default gen_random_uuid(),
      applied pg_snapshot not null
    )`
  yield `alter table ${name('live_session_node')} set (fillfactor = 50)`

  yield guardFunction(schema, REASONS)
  yield `drop trigger if exists live_session_guard on ${session}`
  yield `
    create trigger live_session_guard before insert or update of revoked_at, revoked_xid on ${session}
      for each row execute function ${name('live_session_guard')}()`

  // Whether every node has applied what this transaction did. One that no snapshot of this server has come to yet is
  // from another server (a restored dump): no node's memory is from before it. But for the very transaction that asks.
  yield `
    create or replace function ${name('live_session_applied')}(ended xid8) returns boolean language sql stable as $applied$
      select ended is null
        or (ended >= pg_snapshot_xmax(pg_current_snapshot()) and ended is distinct from pg_current_xact_id_if_assigned())
        or not exists (select from ${name('live_session_node')} n where not pg_visible_in_snapshot(ended, n.applied))
    $applied$`

  // A node answers from memory while the row is alive: deleting it would end nothing, anywhere.
  yield `
    create or replace function ${name('live_session_keep')}() returns trigger language plpgsql as $keep$
    begin
      if tg_op = 'TRUNCATE' then
        if exists (select from ${session} where revoked_at is null and expires_at > now()) then
          raise exception 'live_session: sessions that are alive can not be deleted; revoke them first' using errcode = 'check_violation';
        end if;
        if exists (select from ${session} where not ${name('live_session_applied')}(revoked_xid)) then
          raise exception 'live_session: not every node knows yet what has ended; delete it in a few seconds' using errcode = 'check_violation';
        end if;
        return null;
      end if;
      if old.revoked_at is null and old.expires_at > now() then
        raise exception 'live_session %: it is alive and can not be deleted; revoke it first', old.id using errcode = 'check_violation';
      end if;
      -- Nor is one that a node has not heard of yet: its renewal would not find it any more, and its memory would keep it.
      if not ${name('live_session_applied')}(old.revoked_xid) then
        raise exception 'live_session %: not every node knows yet that it has ended; delete it in a few seconds', old.id using errcode = 'check_violation';
      end if;
      return old;
    end $keep$`
  yield `drop trigger if exists live_session_keep on ${session}`
  yield `
    create trigger live_session_keep before delete on ${session}
      for each row execute function ${name('live_session_keep')}()`
  yield `drop trigger if exists live_session_keep_all on ${session}`
  yield `
    create trigger live_session_keep_all before truncate on ${session}
      for each statement execute function ${name('live_session_keep')}()`
}
