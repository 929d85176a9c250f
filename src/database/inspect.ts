/** What is there: the server, the schema our tables live in, and what of ours is in it. Changes nothing. */
import { tableIn, type Sql } from './sql.ts'
import { FUNCTIONS, MIGRATIONS_TABLE, TABLES, TRIGGERS } from './tables.ts'

export interface ServerFacts {
  version: string
  /** 130000 for 13.0. */
  versionNumber: number
  /** It only follows a primary. */
  replica: boolean
  /** It takes no changes on this connection. */
  readOnly: boolean
  /** Whom statements run as. */
  user: string
  /**
   * The schemas that the connection's `search_path` names, in order, whether they exist or not; without PostgreSQL's
   * own.
   */
  searchPath: string[]
  /** The first of them that is meant, whether it exists or not: the connection's own schema. Null: none is. */
  ownSchema: string | null
}

export interface SchemaFacts {
  /** Whether this user may look into the schema, and make tables in it. */
  mayUse: boolean
  mayCreate: boolean
  /** Of ours, what is not there, or switched off: `table live_session`, `trigger live_session_guard`. */
  missing: string[]
  /** Tables of ours that are there. */
  tables: string[]
  /** The migrations that are done; null where they can't be read. */
  migrations: string[] | null
  /** What this user may not do: `INSERT on live_session`. */
  lacking: string[]
}

/**
 * What a node does with each table. The end of a session is written by its trigger, as the same user; the addresses by
 * theirs, as the tables' owner.
 */
export const RIGHTS = {
  live_session: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  live_session_event: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  live_session_node: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  live_session_address: ['SELECT'],
  live_session_device: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  live_session_notice: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  [MIGRATIONS_TABLE]: ['SELECT']
} as const
/** What its statements call. Functions of triggers alone need no right. */
export const CALLED = { live_session_applied: 'xid8' } as const

/** As text, so that no parser of an app's comes between. */
async function askJson<T> (sql: Sql, select: string, values: readonly unknown[] = []): Promise<T | null> {
  const [row] = await sql<{ facts: string | null }>(`select (${select})::text as facts`, values)
  return row?.facts == null ? null : JSON.parse(row.facts) as T
}

export async function inspectServer (sql: Sql): Promise<ServerFacts> {
  const facts = await askJson<Omit<ServerFacts, 'ownSchema' | 'searchPath'> & { path: string, usersOwn: boolean }>(
    sql,
    `
    select json_build_object('version', current_setting('server_version'), 'versionNumber', current_setting('server_version_num')::int,
      'replica', pg_is_in_recovery(), 'readOnly', current_setting('transaction_read_only') = 'on', 'user', current_user,
      'path', current_setting('search_path'), 'usersOwn', exists (select from pg_namespace where nspname = current_user))`
  )
  const { path, usersOwn, ...rest } = facts as NonNullable<typeof facts>
  const searchPath = namesIn(path).filter((name) => !name.startsWith('pg_'))
  // "$user" stands for a schema that there may be or not; any other name is meant: falling through to the next one
  // would mix up two apps.
  const meant = searchPath.find((name) => name !== '$user' || usersOwn)
  return { ...rest, searchPath, ownSchema: meant === '$user' ? rest.user : meant ?? null }
}

/** `"$user", public` as the two names it is. */
function namesIn (path: string): string[] {
  return [...path.matchAll(/"((?:[^"]|"")*)"|([^\s,"]+)/g)].map(([, quoted, plain = '']) =>
    quoted?.replaceAll('""', '"') ?? plain
  )
}

/** Null: there is no such schema. */
export async function inspectSchema (sql: Sql, schema: string): Promise<SchemaFacts | null> {
  const facts = await askJson<
    {
      mayUse: boolean,
      mayCreate: boolean,
      tables: string[],
      functions: string[],
      triggers: string[],
      lacking: string[],
      uncallable: string[]
    }
  >(
    sql,
    `
    select json_build_object('mayUse', has_schema_privilege(n.oid, 'usage'), 'mayCreate', has_schema_privilege(n.oid, 'create'),
      'tables', (select coalesce(json_agg(relname), '[]') from pg_class where relnamespace = n.oid and relname = any($2::text[]) and relkind in ('r', 'p')),
      'functions', (select coalesce(json_agg(distinct proname), '[]') from pg_proc where pronamespace = n.oid and proname = any($3::text[])),
      'triggers', (select coalesce(json_agg(tgname), '[]') from pg_trigger join pg_class c on c.oid = tgrelid
        where c.relnamespace = n.oid and c.relname = 'live_session' and not tgisinternal and tgenabled in ('O', 'A')),
      'lacking', (select coalesce(json_agg(r.name || ' on ' || c.relname order by c.relname), '[]')
        from pg_class c join json_each($4::json) as t (name, rights) on t.name = c.relname
        cross join json_array_elements_text(t.rights) as r (name)
        where c.relnamespace = n.oid and not has_table_privilege(c.oid, r.name)),
      'uncallable', (select coalesce(json_agg('EXECUTE on ' || proname), '[]')
        from pg_proc f where pronamespace = n.oid and proname = any($5::text[]) and not has_function_privilege(f.oid, 'execute'))
    ) from pg_namespace n where n.nspname = $1`,
    [schema, [...TABLES], [...FUNCTIONS], JSON.stringify(RIGHTS), Object.keys(CALLED)]
  )
  if (facts === null) return null
  const { functions, triggers, uncallable, ...found } = facts
  const rest = { ...found, lacking: [...found.lacking, ...uncallable] }
  const missing = [
    ...TABLES.filter((name) => !rest.tables.includes(name)).map((name) => `table ${name}`),
    ...FUNCTIONS.filter((name) => !functions.includes(name)).map((name) => `function ${name}`),
    ...TRIGGERS.filter((name) => !triggers.includes(name)).map((name) => `trigger ${name}`)
  ]
  const readable = rest.mayUse && rest.tables.includes(MIGRATIONS_TABLE) &&
    !rest.lacking.includes(`SELECT on ${MIGRATIONS_TABLE}`)
  const migrations = readable
    ? (await sql<{ name: string }>(`select name from ${tableIn(schema, MIGRATIONS_TABLE)} order by id`)).map((
        { name }
      ) => name)
    : null
  return { ...rest, missing, migrations }
}
