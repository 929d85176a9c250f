/** Notices: what is to be sent about a login, written in its transaction, and what became of it. */
import { tableIn } from './table-in.ts'

export function * notices (schema: string): Generator<string> {
  const notice = tableIn(schema, 'live_session_notice')
  yield `
    create table if not exists ${notice} (
      id uuid primary key default gen_random_uuid(),
      kind text not null,
      user_id text not null,
      session_id uuid,
      device_id text,
      content jsonb not null,
      created_at timestamptz not null default now(),
      due_at timestamptz,
      attempts integer not null default 0,
      mailed_at timestamptz,
      sent_at timestamptz,
      outcome text,
      error text,
      reported_at timestamptz,
      others_ended_at timestamptz
    )`
  yield `create index if not exists live_session_notice_due on ${notice} (due_at) where due_at is not null`
  yield `create index if not exists live_session_notice_user on ${notice} (user_id, created_at)`
  yield `create index if not exists live_session_notice_session on ${notice} (session_id)`
  yield `create index if not exists live_session_notice_created on ${notice} (created_at)`
}
