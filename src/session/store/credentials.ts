/**
 * Credentials that change: what a login that is under way must not outlive, the locks by which notes of it and logins
 * meet, and the queries on notes.
 */
import { active, epochMs, tablesIn } from '../../database/session-sql.ts'
import type { Sql } from '../../database/sql.ts'
import type { RevocationReason } from '../../protocol.ts'
import type { Cause } from '../ended-session.ts'
import { keptBy, type StoreOptions } from './options.ts'

/**
 * After these, a password that was checked before counts no more. The others say nothing of it: a session that was
 * reported, ended by an administrator or by a policy may be followed by a login, now as in a minute.
 */
const CREDENTIAL_REASONS: readonly RevocationReason[] = ['password_changed', 'account_disabled']

export function changesCredentials ({ reason }: Pick<Cause, 'reason'>): boolean {
  return (CREDENTIAL_REASONS as readonly string[]).includes(reason)
}

/** The user of a note for everybody, those without any session included: no user's id is empty. */
const EVERYBODY = ''
/**
 * Advisory locks, taken by logins (`logins.ts`): the seed of the users' own, and the one that all share, by which they
 * are seen.
 */
export const USERS_LOCKS = 5_184_471_212
export const LOGINS_LOCK = 5_184_471_214

/**
 * SQL: whether a note for this user was committed that nobody could see at this snapshot. An end with such a reason is
 * one, by whomever it was written.
 */
export function changedSince (event: string, userId: string, snapshot: string): string {
  const reasons = CREDENTIAL_REASONS.map((reason) => `'${reason}'`).join(', ')
  return `exists (select from ${event} e where e.user_id in (${userId}, '${EVERYBODY}')
    and (e.type = 'credentials_changed' or (e.type = 'ended' and e.reason in (${reasons})))
    and e.xid >= pg_snapshot_xmin(${snapshot}::pg_snapshot) and not pg_visible_in_snapshot(e.xid, ${snapshot}::pg_snapshot)
    and e.xid is distinct from pg_current_xact_id_if_assigned())`
}

export function credentialQueries (options: StoreOptions) {
  const { schema, idleAllowanceMs } = options
  const { session, event } = tablesIn(schema)
  const kept = keptBy(options)

  async function note (sql: Sql, userIds: readonly string[], { reason, by, ip }: Cause): Promise<string> {
    const [row] = await sql<{ xid: string }>(`
      with answer as (
        insert into ${event} (type, user_id, reason, by, ip_address) select 'credentials_changed', u, $2, $3, $4 from unnest($1::text[]) as u
        returning xid::text as xid
      )
      select * from answer`, [userIds, reason, by, kept(ip)])
    return (row as { xid: string }).xid
  }

  return {
    /**
     * Notes that older proofs of who these users are (a password checked before) count no more; gives the transaction
     * that says so. Logins that are in their transactions are waited for: whoever comes later finds the note. All locks
     * in one order.
     */
    async noteCredentialsChange (sql: Sql, userIds: readonly string[], cause: Cause): Promise<string> {
      await sql(
        `select pg_advisory_xact_lock(key) from (
        select distinct hashtextextended(u, ${USERS_LOCKS}) as key from unnest($1::text[]) as u order by key) as keys`,
        [userIds]
      )
      return await note(sql, userIds, cause)
    },

    /**
     * The same for everybody, whether they have sessions or not; it waits for nobody: {@link loginsUnderWay} are still
     * to be over then.
     */
    async noteEverybodysCredentialsChange (sql: Sql, cause: Cause): Promise<string> {
      return await note(sql, [EVERYBODY], cause)
    },

    /**
     * The transactions with a login in them; with `among`, those of them that are left. An exclusive lock would wait as
     * well, but all later logins behind it. Prepared ones count always: they have changed their name.
     */
    async loginsUnderWay (sql: Sql, among?: readonly string[]): Promise<string[]> {
      const rows = await sql<{ name: string }>(`
        select distinct virtualtransaction as name from pg_locks
        where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database()) and objsubid = 1
          and (classid::bigint << 32) + objid::bigint = ${LOGINS_LOCK} and pid is distinct from pg_backend_pid()
          and ($1::text[] is null or virtualtransaction = any($1::text[]) or virtualtransaction like '-1/%')`, [among])
      return rows.map(({ name }) => name)
    },

    /**
     * Notes that this session's person has just proved who they are; gives the time. Null when it has ended, or when
     * the credentials have changed since the proof began (a snapshot; without one that is not asked). One statement:
     * the mark comes before the change, or not at all.
     */
    async noteAuthentication (sql: Sql, id: string, asOf: string | null): Promise<number | null> {
      const [row] = await sql<{ at: number }>(`
        update ${session} s set authenticated_at = now()
        where id = $1 and ${active('$2')} and ($3::text is null or not ${changedSince(event, 's.user_id', '$3')})
        returning ${epochMs('authenticated_at')} as at`, [id, idleAllowanceMs, asOf])
      return row?.at ?? null
    },

    /** Whether this transaction really noted it for these users: a part of it may have been rolled back. */
    async credentialsChangedBy (sql: Sql, xid: string, userIds: readonly string[]): Promise<boolean> {
      const [row] = await sql<{ noted: boolean }>(`
        select count(distinct user_id) = $3 as noted from ${event}
        where user_id = any($1::text[]) and type = 'credentials_changed' and xid = $2::text::xid8`,
      [userIds, xid, userIds.length]
      )
      return row?.noted ?? false
    }
  }
}
