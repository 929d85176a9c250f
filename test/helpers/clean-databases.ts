/** Test databases that one test leaves to the next of its process: emptied, and only where nothing but rows came to be. Making one takes ten times as long. The others go at the end. */
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
/** The one that looks, and empties. */
const OURS = 1

const clean: KnownDatabase[] = []
/** Of no use to anybody. Dropped last: ext4 passes over each file deleted in the last minutes to make a new one, and a database is 300 files. */
const spoiled: KnownDatabase[] = []
process.once('beforeExit', () => { void dropAll() })

/** One of the server's, the last one left, if there is any. */
export function takeClean (server: string): KnownDatabase | undefined {
  const index = clean.findLastIndex((database) => database.server === server)
  return index === -1 ? undefined : clean.splice(index, 1)[0]
}

/** Null where it can't be read: not by a role that is no superuser. */
export async function readShape (pool: pg.Pool): Promise<string | null> {
  return await look(pool).then(({ shape }) => shape, () => null)
}

/** Ends the pool. False where somebody is still connected, or nobody can be: the database is to be dropped. */
export async function leave ({ server, name, url, shape }: KnownDatabase, pool: pg.Pool): Promise<boolean> {
  try {
    const isClean = await withLast(pool, async (client) => {
      await othersGone(server, name)
      return shape !== null && await empty(client, shape)
    })
    // Who has its old name, and comes back later, finds nothing.
    const next = nameTestDatabase()
    await runOn(server, `alter database ${name} rename to ${next}`)
    const left = isClean ? clean : spoiled
    left.push({ server, name: next, url: Object.assign(new URL(url), { pathname: `/${next}` }).href, shape })
    return true
  } catch {
    return false
  }
}

/** False where it can't be told to be as it was. */
async function empty (client: pg.PoolClient, shape: string): Promise<boolean> {
  const found = await look(client)
  if (found.shape !== shape) return false
  // Without the triggers that keep living sessions; and what PostgreSQL has counted.
  await client.query(`set session_replication_role = replica; ${found.emptying}; select pg_stat_reset()`)
  return true
}

async function dropAll (): Promise<void> {
  for (const { server, name } of [...clean.splice(0), ...spoiled.splice(0)]) {
    // What stays here is swept up by a later run.
    await runOn(server, `drop database if exists ${name} with (force)`).catch(() => {})
  }
}

/** With one of its connections, the others closed. */
async function withLast<Result> (pool: pg.Pool, use: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
  const client = await pool.connect().catch(async (error: unknown) => {
    await pool.end()
    throw error
  })
  const ended = pool.end()
  try {
    return await use(client)
  } finally {
    client.release()
    await ended
  }
}

/** Asked of a connection that is open anyway: a new one, as ours, first has to read what the view is made of. */
async function othersGone (server: string, name: string): Promise<void> {
  const deadline = performance.now() + GONE_WITHIN_MS
  for (;;) {
    const connected = await runOn(server, `select from pg_stat_activity where datname = '${name}'`)
    if (connected === OURS) return
    if (performance.now() > deadline) throw new Error('somebody is still connected')
    await new Promise((resolve) => { setTimeout(resolve, 10) })
  }
}

/**
 * What our tests make or change, by what PostgreSQL keeps of it: its number, and the transaction that wrote it.
 * Statement by statement: a single one, with all of them united, takes a new connection twice the memory and half as long again.
 */
const SHAPE = `
  select concat_ws(' ', 'class', oid, relname, relkind, relowner, relacl, relnatts, relhastriggers, relrowsecurity, relreplident, reloptions, case relkind when 'r' then concat_ws(' ', relpages, reltuples) end) as line from pg_class where oid >= 16384;
  select concat_ws(' ', 'attribute', attrelid, attnum, xmin) as line from pg_attribute where attrelid >= 16384 and attnum > 0;
  select concat_ws(' ', 'proc', oid, xmin) as line from pg_proc where oid >= 16384;
  select concat_ws(' ', 'trigger', oid, xmin) as line from pg_trigger;
  select concat_ws(' ', 'constraint', oid, xmin) as line from pg_constraint where oid >= 16384;
  select concat_ws(' ', 'index', indexrelid, xmin) as line from pg_index where indexrelid >= 16384;
  select concat_ws(' ', 'type', oid, xmin) as line from pg_type where oid >= 16384;
  select concat_ws(' ', 'default', oid, xmin) as line from pg_attrdef;
  select concat_ws(' ', 'rule', oid, xmin) as line from pg_rewrite where oid >= 16384;
  select concat_ws(' ', 'policy', oid, xmin) as line from pg_policy;
  select concat_ws(' ', 'schema', oid, nspname, nspowner, nspacl) as line from pg_namespace where nspname not like 'pg_%';
  select concat_ws(' ', 'extension', oid, xmin) as line from pg_extension;
  select concat_ws(' ', 'event trigger', oid, xmin) as line from pg_event_trigger;
  select concat_ws(' ', 'publication', oid, xmin) as line from pg_publication;
  select concat_ws(' ', 'rights', oid, xmin) as line from pg_default_acl;
  select concat_ws(' ', 'setting', setrole, s.xmin) as line from pg_db_role_setting s join pg_database d on d.oid = setdatabase where d.datname = current_database();
  select concat_ws(' ', 'database', d.datdba, d.datacl, d.datconnlimit) as line from pg_database d where d.datname = current_database();
  select concat_ws(' ', 'statistics', oid, xmin) as line from pg_statistic_ext;
  select concat_ws(' ', 'planner', starelid, staattnum) as line from pg_statistic where starelid >= 16384;
  select concat_ws(' ', 'migration', id, name, xmin) as line from live_session_migrations`

/** Few rows are deleted: a table that is truncated gets new files, as do all its indexes. */
const FEW_BYTES = 262_144

/** What empties the tables that were written. Not done by a block of PL/pgSQL, whose library each connection would load for it. */
const EMPTYING = `
  select string_agg(case when pg_relation_size(oid) > ${FEW_BYTES} then 'truncate ' || oid::regclass || ' cascade' else 'delete from ' || oid::regclass end, '; ') as line
  from pg_class
  where relkind = 'r' and oid >= 16384 and relname <> 'live_session_migrations' and pg_relation_size(oid) > 0`

async function look (client: pg.Pool | pg.PoolClient): Promise<{ shape: string, emptying: string }> {
  const results = await client.query(`${SHAPE}; ${EMPTYING}`) as unknown as Array<pg.QueryResult<{ line: string | null }>>
  const emptying = results.pop()?.rows[0]?.line ?? ''
  return { shape: results.flatMap(({ rows }) => rows.map(({ line }) => line)).sort().join('\n'), emptying }
}
