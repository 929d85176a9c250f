/** The query that writes down who was active: a batch in one statement. */
import { active, tablesIn } from '../../database/session-sql.ts'
import type { Sql } from '../../database/sql.ts'
import type { Location } from '../../protocol.ts'
import { keptBy, type StoreOptions } from './options.ts'

/** Somebody was active in a session this long ago. */
export interface Touch {
  id: string
  agoMs: number
  ip: string | null
}

/** The largest number of addresses that a session remembers. */
const ADDRESSES = 5

export function activityQueries (options: StoreOptions) {
  const { schema, idleAllowanceMs, locate } = options
  const { session } = tablesIn(schema)
  const kept = keptBy(options)

  /** These sessions came from another address; their places follow, unless they have moved on already. */
  async function relocate (
    sql: Sql,
    moves: ReadonlyArray<{ id: string, ip: string, location: Location | null }>
  ): Promise<void> {
    if (moves.length === 0) return
    await sql(`
      with moved as (
        select s.id, m.location from unnest($1::uuid[], $2::text[], $3::jsonb[]) as m (id, ip, location)
        join ${session} s on s.id = m.id and s.ip_address = m.ip
        order by s.id for update of s skip locked
      )
      update ${session} s set location = moved.location from moved where s.id = moved.id`,
    [
      moves.map(({ id }) => id),
      moves.map(({ ip }) => ip),
      moves.map(({ location }) => location === null ? null : JSON.stringify(location))
    ]
    )
  }

  return {
    /**
     * Writes a batch of activity in one statement: forward only, never in an ended session. Gives the rows that it
     * skipped, because they were locked.
     */
    async touch (sql: Sql, batch: readonly Touch[]): Promise<string[]> {
      const rows = await sql<{ id: string, movedTo: string | null }>(`
        with batch as (
          select * from unnest($1::uuid[], $2::float8[], $3::text[]) as b (id, ago_ms, ip)
        ), target as (
          select s.id, b.ip, b.ip <> coalesce(s.ip_address, '') as moved, now() - b.ago_ms * interval '1 millisecond' as at
          from ${session} s join batch b using (id)
          where ${active('$4')}
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
        select s.id, null as "movedTo" from ${session} s join batch b using (id)
        where ${active('$4')} and s.last_activity_at < now() - b.ago_ms * interval '1 millisecond'
          and s.id not in (select id from target)
        union all
        select id, ip from target where moved`,
      [
        batch.map((touch) => touch.id),
        batch.map((touch) => touch.agoMs),
        batch.map((touch) => kept(touch.ip)),
        idleAllowanceMs
      ]
      )
      if (locate !== undefined) {
        const whole = new Map(batch.map(({ id, ip }) => [id, ip]))
        await relocate(sql, rows.flatMap(({ id, movedTo }) => {
          return movedTo === null ? [] : [{ id, ip: movedTo, location: locate(whole.get(id) ?? movedTo) }]
        }))
      }
      return rows.flatMap(({ id, movedTo }) => movedTo === null ? [id] : [])
    }
  }
}
