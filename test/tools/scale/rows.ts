/** Rows by the hundred thousand, as wide as real ones; written past the triggers, for time's sake. */
import type { TestDatabase } from '../../helpers/database.ts'
import { say } from './report.ts'

const CHUNK = 100_000
const USER_AGENT = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'

export interface Fill {
  count: number
  clientId: string
  /** Ended so many days ago; null: alive. */
  endedDaysAgo?: number | null
}

export async function fill ({ query }: TestDatabase, { count, clientId, endedDaysAgo = null }: Fill): Promise<void> {
  await query('alter table live_session disable trigger user')
  for (let done = 0; done < count; done += CHUNK) {
    await query(`insert into live_session (id, user_id, client_id, device_id, device_name, device_type, browser_name, browser_version, os_name, os_version, user_agent,
        ip_address, addresses, created_at, last_activity_at, expires_at, revoked_at, revoked_reason, revoked_by, revoked_xid, revoked_event_id)
      select gen_random_uuid(), $2 || '-' || n % 300000, $2, gen_random_uuid()::text, 'Chrome on Windows', 'desktop', 'Chrome', '140.0.0.0', 'Windows', '10', $3,
        '192.0.2.1', '[{"ip": "192.0.2.1", "at": "2026-01-01T00:00:00+00:00"}]', now() - interval '1 hour', now() - interval '1 hour', now() + interval '20 days',
        e.at, case when e.at is not null then 'logout' end, case when e.at is not null then 'somebody' end, case when e.at is not null then '3'::xid8 end, case when e.at is not null then gen_random_uuid() end
      from generate_series($1::int + 1, least($1::int + ${CHUNK}, $5::int)) n, (select now() - $4::int * interval '1 day' as at) e`,
    [done, clientId, USER_AGENT, endedDaysAgo, count])
    say(`${Math.min(done + CHUNK, count)} rows written`)
  }
  await query('alter table live_session enable trigger user')
}
