/** Test databases that one test leaves to the next of its process: emptied, and only where nothing but rows came to be. Making one takes ten times as long. */
import type pg from 'pg'
import { nameTestDatabase, runOn } from './test-databases.ts'

export interface KnownDatabase {
  server: string
  name: string
  url: string
  /** What it is, rows apart; null: it is not kept. */
  shape: string | null
}

/** Whoever is connected this long after the test's end may write when the next one has begun. */
const GONE_WITHIN_MS = 500

const clean: KnownDatabase[] = []
process.once('beforeExit', () => { void dropClean() })

/** One of the server's, the last one left, if there is any. */
export function takeClean (server: string): KnownDatabase | undefined {
  const index = clean.findLastIndex((database) => database.server === server)
  return index === -1 ? undefined : clean.splice(index, 1)[0]
}

/** Null where it can't be read: not by a role that is no superuser. */
export async function readShape (pool: pg.Pool): Promise<string | null> {
  return await shapeOf(pool).catch(() => null)
}

/** Ends the pool. False where the database can't be told to be as it was: it is to be dropped. */
export async function leaveClean ({ server, name, url, shape }: KnownDatabase, pool: pg.Pool): Promise<boolean> {
  try {
    await withLast(pool, async (client) => {
      await othersGone(client)
      if (await shapeOf(client) !== shape) throw new Error('something was changed')
      await client.query(EMPTY)
    })
    // Who has its old name, and comes back later, finds nothing.
    const next = nameTestDatabase()
    await runOn(server, `alter database ${name} rename to ${next}`)
    clean.push({ server, name: next, url: Object.assign(new URL(url), { pathname: `/${next}` }).href, shape })
    return true
  } catch {
    return false
  }
}

async function dropClean (): Promise<void> {
  for (const { server, name } of clean.splice(0)) {
    // What stays here is swept up by a later run.
    await runOn(server, `drop database if exists ${name} with (force)`).catch(() => {})
  }
}

/** With one of its connections, the others closed. */
async function withLast (pool: pg.Pool, use: (client: pg.PoolClient) => Promise<void>): Promise<void> {
  const client = await pool.connect().catch(async (error: unknown) => {
    await pool.end()
    throw error
  })
  const ended = pool.end()
  try {
    await use(client)
  } finally {
    client.release()
    await ended
  }
}

async function othersGone (client: pg.PoolClient): Promise<void> {
  const deadline = performance.now() + GONE_WITHIN_MS
  for (;;) {
    const { rowCount } = await client.query('select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()')
    if (rowCount === 0) return
    if (performance.now() > deadline) throw new Error('somebody is still connected')
    await new Promise((resolve) => { setTimeout(resolve, 10) })
  }
}

/** What our tests make or change, by what PostgreSQL keeps of it: its number, and the transaction that wrote it. */
const SHAPE = `
  select md5(string_agg(line, chr(10) order by line)) as shape from (
    select concat_ws(' ', 'class', oid, relname, relkind, relowner, relacl, relnatts, relhastriggers, relrowsecurity, relreplident, reloptions, case relkind when 'r' then concat_ws(' ', relpages, reltuples) end) as line from pg_class where oid >= 16384
    union all select concat_ws(' ', 'attribute', attrelid, attnum, xmin) from pg_attribute where attrelid >= 16384 and attnum > 0
    union all select concat_ws(' ', 'proc', oid, xmin) from pg_proc where oid >= 16384
    union all select concat_ws(' ', 'trigger', oid, xmin) from pg_trigger
    union all select concat_ws(' ', 'constraint', oid, xmin) from pg_constraint where oid >= 16384
    union all select concat_ws(' ', 'index', indexrelid, xmin) from pg_index where indexrelid >= 16384
    union all select concat_ws(' ', 'type', oid, xmin) from pg_type where oid >= 16384
    union all select concat_ws(' ', 'default', oid, xmin) from pg_attrdef
    union all select concat_ws(' ', 'rule', oid, xmin) from pg_rewrite where oid >= 16384
    union all select concat_ws(' ', 'policy', oid, xmin) from pg_policy
    union all select concat_ws(' ', 'schema', oid, nspname, nspowner, nspacl) from pg_namespace where nspname not like 'pg_%'
    union all select concat_ws(' ', 'extension', oid, xmin) from pg_extension
    union all select concat_ws(' ', 'event trigger', oid, xmin) from pg_event_trigger
    union all select concat_ws(' ', 'publication', oid, xmin) from pg_publication
    union all select concat_ws(' ', 'rights', oid, xmin) from pg_default_acl
    union all select concat_ws(' ', 'setting', setrole, s.xmin) from pg_db_role_setting s join pg_database d on d.oid = setdatabase where d.datname = current_database()
    union all select concat_ws(' ', 'database', d.datdba, d.datacl, d.datconnlimit) from pg_database d where d.datname = current_database()
    union all select concat_ws(' ', 'statistics', oid, xmin) from pg_statistic_ext
    union all select concat_ws(' ', 'planner', starelid, staattnum) from pg_statistic where starelid >= 16384
    union all select concat_ws(' ', 'migration', id, name, xmin) from live_session_migrations
  ) lines`

/** Few rows are deleted: a table that is truncated gets new files, as do all its indexes. */
const FEW_BYTES = 262_144

/** Without the triggers that keep living sessions; and what PostgreSQL has counted. */
const EMPTY = `
  set session_replication_role = replica;
  do $$ declare written regclass; begin
    for written in
      select oid from pg_class
      where relkind = 'r' and oid >= 16384 and relname <> 'live_session_migrations' and pg_relation_size(oid) > 0
    loop
      if pg_relation_size(written) > ${FEW_BYTES} then execute 'truncate ' || written || ' cascade';
      else execute 'delete from ' || written; end if;
    end loop;
  end $$;
  select pg_stat_reset()`

async function shapeOf (client: pg.Pool | pg.PoolClient): Promise<string> {
  return (await client.query<{ shape: string }>(SHAPE)).rows[0]?.shape ?? ''
}
