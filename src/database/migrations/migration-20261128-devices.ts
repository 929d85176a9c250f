/** Known devices, what speaks against a login (with its event), and sessions that wait for a confirmation. */
import { tableIn } from './table-in.ts'

export function * devices (schema: string): Generator<string> {
  const name = (table: string): string => tableIn(schema, table)
  const device = name('live_session_device')

  yield `
    create table if not exists ${device} (
      user_id text not null,
      device_id text not null,
      first_at timestamptz not null default now(),
      last_at timestamptz not null default now(),
      networks jsonb not null default '[]'::jsonb,
      countries jsonb not null default '[]'::jsonb,
      location jsonb,
      refused_at timestamptz,
      primary key (user_id, device_id)
    )`
  yield `create index if not exists live_session_device_user on ${device} (user_id, last_at)`
  yield `alter table ${name('live_session_event')} add column if not exists details jsonb`
  // The end that a session gets when it is confirmed; until then it ends sooner, by expires_at as all do.
  yield `alter table ${name('live_session')} add column if not exists full_expires_at timestamptz`

  // Whoever has signed in so far is no stranger tomorrow. IPv6 is left out: its /64 has another text here.
  yield `
    insert into ${device} (user_id, device_id, first_at, last_at, networks)
    select user_id, device_id, min(created_at), max(created_at), coalesce(jsonb_agg(distinct ip_address) filter (where ip_address ~ '^[0-9.]+$'), '[]'::jsonb)
    from ${name('live_session')} where device_id is not null group by user_id, device_id
    on conflict (user_id, device_id) do nothing`
}
