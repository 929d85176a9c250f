/** The queries that forget addresses: of sessions, events, devices and notices, page by page as the cleanup goes. */
import { tablesIn } from '../../database/session-sql.ts'
import type { Sql } from '../../database/sql.ts'
import type { StoreOptions } from './options.ts'

/** Where a page begins (behind the last key of the one before), and which addresses are old. */
export interface ForgetPage<Key = string> {
  after: Key | null
  limit: number
  addressRetentionMs: number
}

export interface ForgottenPage<Key = string> {
  /** The last key of the page; null when there was none. */
  last: Key | null
  looked: number
  /** Rows with an address that is forgotten now. */
  forgotten: number
}

export type DeviceKey = [userId: string, deviceId: string]

/** `$3` of every page. */
const CUTOFF = "now() - $3::float8 * interval '1 millisecond'"

/** Of a list of `{…, at}`, what is not too old. */
function recent (list: string): string {
  return `(select coalesce(jsonb_agg(entry order by place), '[]'::jsonb)
    from jsonb_array_elements(${list}) with ordinality as e (entry, place) where (entry->>'at')::timestamptz >= ${CUTOFF})`
}

function hasOld (list: string): string {
  return `exists (select from jsonb_array_elements(${list}) as entry where (entry->>'at')::timestamptz < ${CUTOFF})`
}

/** Reasons of a risk, which may name the network. */
function withoutNetworks (reasons: string): string {
  return `(select coalesce(jsonb_agg(case when entry->>'network' is not null then entry || '{"network": null}' else entry end order by place), '[]'::jsonb)
    from jsonb_array_elements(${reasons}) with ordinality as e (entry, place))`
}

function namesNetwork (reasons: string): string {
  return `exists (select from jsonb_array_elements(${reasons}) as entry where entry->>'network' is not null)`
}

const PAGE = '(select count(*)::int from page) as looked, (select count(*)::int from forgotten) as forgotten'
const LAST_ID = '(select id from page order by id desc limit 1) as last'

export function addressQueries ({ schema }: StoreOptions) {
  const { session, event, device, notice } = tablesIn(schema)
  const pageOf = (table: string): string => `
    page as (select id from ${table} where $1::uuid is null or id > $1 order by id limit $2)`

  return {
    /** Rows that somebody else is at are left for the next time. */
    async forgetSessionAddresses (sql: Sql, { after, limit, addressRetentionMs }: ForgetPage): Promise<ForgottenPage> {
      const seen = "coalesce((addresses->0->>'at')::timestamptz, created_at)"
      const [row] = await sql<ForgottenPage>(`
        with ${pageOf(session)}, old as (
          select s.id from ${session} s join page using (id)
          where (ip_address is not null and ${seen} < ${CUTOFF}) or ${hasOld('addresses')}
            or (revoked_from is not null and revoked_at < ${CUTOFF})
          order by s.id for update of s skip locked
        ), forgotten as (
          update ${session} s set
            ip_address = case when ${seen} >= ${CUTOFF} then ip_address end,
            addresses = ${recent('addresses')},
            revoked_from = case when revoked_at >= ${CUTOFF} then revoked_from end
          from old where s.id = old.id returning 1
        )
        select ${LAST_ID}, ${PAGE}`, [after, limit, addressRetentionMs])
      return row as ForgottenPage
    },

    async forgetEventAddresses (sql: Sql, { after, limit, addressRetentionMs }: ForgetPage): Promise<ForgottenPage> {
      const [row] = await sql<ForgottenPage>(`
        with ${pageOf(event)}, forgotten as (
          update ${event} e set ip_address = null,
            details = case when e.details->'reasons' is null then e.details
              else e.details || jsonb_build_object('reasons', ${withoutNetworks("e.details->'reasons'")}) end
          from page where e.id = page.id and e.at < ${CUTOFF}
            and (e.ip_address is not null or ${namesNetwork("e.details->'reasons'")}) returning 1
        )
        select ${LAST_ID}, ${PAGE}`, [after, limit, addressRetentionMs])
      return row as ForgottenPage
    },

    async forgetDeviceNetworks (
      sql: Sql,
      { after, limit, addressRetentionMs }: ForgetPage<DeviceKey>
    ): Promise<ForgottenPage<DeviceKey>> {
      const [row] = await sql<ForgottenPage<DeviceKey>>(`
        with page as (
          select user_id, device_id from ${device}
          where $1::text is null or (user_id, device_id) > ($1, $4::text) order by user_id, device_id limit $2
        ), old as (
          select d.user_id, d.device_id from ${device} d join page using (user_id, device_id)
          where ${hasOld('networks')} order by d.user_id, d.device_id for update of d skip locked
        ), forgotten as (
          update ${device} d set networks = ${recent('networks')}
          from old where d.user_id = old.user_id and d.device_id = old.device_id returning 1
        )
        select (select jsonb_build_array(user_id, device_id) from page order by user_id desc, device_id desc limit 1) as last,
          ${PAGE}`, [after?.[0], limit, addressRetentionMs, after?.[1]])
      return row as ForgottenPage<DeviceKey>
    },

    async forgetNoticeAddresses (sql: Sql, { after, limit, addressRetentionMs }: ForgetPage): Promise<ForgottenPage> {
      const nobody = "'{\"ipAddress\": null}'::jsonb"
      const [row] = await sql<ForgottenPage>(`
        with ${pageOf(notice)}, forgotten as (
          update ${notice} n set content = n.content || ${nobody} || jsonb_build_object(
            'session', case jsonb_typeof(n.content->'session') when 'object' then n.content->'session' || ${nobody} end,
            'reasons', ${withoutNetworks("n.content->'reasons'")})
          from page where n.id = page.id and n.created_at < ${CUTOFF}
            and (n.content->>'ipAddress' is not null or n.content->'session'->>'ipAddress' is not null
              or ${namesNetwork("n.content->'reasons'")}) returning 1
        )
        select ${LAST_ID}, ${PAGE}`, [after, limit, addressRetentionMs])
      return row as ForgottenPage
    }
  }
}
