/**
 * The function behind the trigger through which every end goes, a hand's in psql too: it gets its transaction number
 * and its event, and stays.
 */
import { tableIn } from './table-in.ts'

/** `reasons` are those that devices know; a new one needs a migration that says this again. */
export function guardFunction (schema: string, reasons: readonly string[]): string {
  return `
    create or replace function ${tableIn(schema, 'live_session_guard')}() returns trigger language plpgsql as $guard$
    declare
      given text := new.revoked_reason;
    begin
      if tg_op = 'UPDATE' and old.revoked_at is not null then
        if new.revoked_at is null or new.revoked_xid is distinct from old.revoked_xid then
          raise exception 'live_session %: an end is final', old.id using errcode = 'check_violation';
        end if;
        return new;
      end if;
      if new.revoked_at is null then
        new.revoked_xid := null;
        return new;
      end if;
      -- By hand anything can be written: the devices are told a reason that they know, the event keeps the words.
      if given is null or given not in (${reasons.map((reason) => `'${reason}'`).join(', ')}) then
        new.revoked_reason := 'policy';
      end if;
      if not isfinite(new.revoked_at) or new.revoked_at > now() then
        new.revoked_at := now();
      end if;
      new.revoked_xid := pg_current_xact_id();
      new.revoked_event_id := gen_random_uuid();
      insert into ${tableIn(schema, 'live_session_event')} (id, type, user_id, session_id, reason, by, ip_address)
        values (new.revoked_event_id, 'ended', new.user_id, new.id, coalesce(left(given, 200), 'policy'), new.revoked_by, new.revoked_from);
      return new;
    end $guard$`
}
