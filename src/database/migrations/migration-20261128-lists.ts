/**
 * Lists that stay as fast with a million rows: a user's sessions, living and ended ones apart, a session's events, and
 * sessions by address.
 */
import { tableIn } from './table-in.ts'

export function * lists (schema: string): Generator<string> {
  const name = (table: string): string => tableIn(schema, table)
  const session = name('live_session')
  const event = name('live_session_event')
  const address = name('live_session_address')

  // By columns that no activity changes: its updates stay HOT.
  yield `drop index if exists ${name('live_session_user')}`
  yield `create index if not exists live_session_user on ${session} (user_id, created_at, id)`
  yield `create index if not exists live_session_user_open on ${session} (user_id, created_at, id) where revoked_at is null`
  yield `create index if not exists live_session_user_ended on ${session} (user_id, revoked_at, id) where revoked_at is not null`
  yield `drop index if exists ${name('live_session_event_session')}`
  yield `create index if not exists live_session_event_session on ${event} (session_id, at, id)`

  yield `create table if not exists ${address} (session_id uuid primary key, ip text not null, created_at timestamptz not null)`
  yield `create index if not exists live_session_address_ip on ${address} (ip, created_at, session_id)`
  // With its owner's rights: a node that runs through this migration has none on the new table. Names are whole, so
  // that nobody's search_path matters; and only the owner may make a trigger of it.
  yield `
    create or replace function ${name('live_session_locate')}() returns trigger language plpgsql
    security definer set search_path = pg_catalog, pg_temp as $locate$
    begin
      if tg_op = 'TRUNCATE' then
        delete from ${address};
      elsif tg_op = 'DELETE' then
        delete from ${address} where session_id = old.id;
      elsif new.ip_address is null then
        delete from ${address} where session_id = new.id;
      else
        insert into ${address} (session_id, ip, created_at) values (new.id, new.ip_address, new.created_at)
          on conflict (session_id) do update set ip = excluded.ip, created_at = excluded.created_at;
      end if;
      return null;
    end $locate$`
  yield `revoke all on function ${name('live_session_locate')}() from public`
  yield `drop trigger if exists live_session_locate_new on ${session}`
  yield `
    create trigger live_session_locate_new after insert on ${session}
      for each row when (new.ip_address is not null) execute function ${name('live_session_locate')}()`
  yield `drop trigger if exists live_session_locate_moved on ${session}`
  yield `
    create trigger live_session_locate_moved after update of ip_address, created_at on ${session}
      for each row when (old.ip_address is distinct from new.ip_address or old.created_at <> new.created_at) execute function ${name('live_session_locate')}()`
  yield `drop trigger if exists live_session_locate_gone on ${session}`
  yield `
    create trigger live_session_locate_gone after delete on ${session}
      for each row execute function ${name('live_session_locate')}()`
  yield `drop trigger if exists live_session_locate_none on ${session}`
  yield `
    create trigger live_session_locate_none after truncate on ${session}
      for each statement execute function ${name('live_session_locate')}()`

  // Now that the triggers are there, and whatever was written while they were not.
  yield `
    insert into ${address} as a (session_id, ip, created_at) select id, ip_address, created_at from ${session} where ip_address is not null
      on conflict (session_id) do update set ip = excluded.ip, created_at = excluded.created_at where (a.ip, a.created_at) is distinct from (excluded.ip, excluded.created_at)`
  yield `delete from ${address} a where not exists (select from ${session} s where s.id = a.session_id and s.ip_address is not null)`
}
