/**
 * Addresses in their one form (`src/address.ts`), also those that older versions wrote as they came:
 * `::ffff:192.0.2.1`, with a zone, with a port.
 */
import { tableIn } from './table-in.ts'

export function * addresses (schema: string): Generator<string> {
  const name = (table: string): string => tableIn(schema, table)
  const session = name('live_session')
  const event = name('live_session_event')
  const clean = name('live_session_clean_address')

  // For the length of this migration. PostgreSQL writes IPv6 as RFC 5952 does, but keeps IPv4-mapped addresses mapped.
  yield `
    create or replace function ${clean}(given text) returns text language plpgsql immutable as $clean$
    declare
      bare text := regexp_replace(regexp_replace(btrim(given), '^\\[([^\\]]*)\\](:\\d{1,5})?$', '\\1'), '%.*$', '');
    begin
      bare := regexp_replace(bare, '^(\\d{1,3}(\\.\\d{1,3}){3}):\\d{1,5}$', '\\1');
      if bare !~ '^[0-9a-fA-F:.]+$' then
        return null;
      end if;
      return regexp_replace(host(bare::inet), '^::ffff:(?=\\d+\\.)', '');
    exception when data_exception then
      return null;
    end $clean$`

  // Only rows that change, one statement a table; in the order of ids, as everybody locks sessions. No index has these
  // columns.
  yield `
    with cleaned as (
      select id, ${clean}(ip_address) as ip, ${clean}(revoked_from) as origin, (
        select coalesce(jsonb_agg(jsonb_build_object('ip', ip, 'at', at) order by place), '[]'::jsonb) from (
          select distinct on (ip) ip, at, place from (
            select ${clean}(entry->>'ip') as ip, entry->'at' as at, place from jsonb_array_elements(addresses) with ordinality as e (entry, place)
          ) as each where ip is not null order by ip, place
        ) as kept) as addresses
      from ${session}
      where ip_address ~ '[^0-9.]' or revoked_from ~ '[^0-9.]' or addresses::text ~ '"ip": "[^"]*[^"0-9.]'
    ), target as (
      select s.id, c.ip, c.origin, c.addresses from ${session} s join cleaned c using (id)
      where (s.ip_address, s.revoked_from, s.addresses) is distinct from (c.ip, c.origin, c.addresses)
      order by s.id for update of s
    )
    update ${session} s set ip_address = target.ip, revoked_from = target.origin, addresses = target.addresses from target where s.id = target.id`
  yield `
    update ${event} set ip_address = ${clean}(ip_address) where ip_address ~ '[^0-9.]' and ip_address is distinct from ${clean}(ip_address)`
  yield `drop function ${clean}(text)`
}
