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

export async function inspectServer (sql: Sql): Promise<ServerFacts> {
  const [facts] = await sql<Omit<ServerFacts, 'ownSchema' | 'searchPath'> & { path: string, usersOwn: boolean }>(`
    select current_setting('server_version') as version, current_setting('server_version_num')::int as "versionNumber",
      pg_is_in_recovery() as replica, current_setting('transaction_read_only') = 'on' as "readOnly", current_user as user,
      current_setting('search_path') as path, exists (select from pg_namespace where nspname = current_user) as "usersOwn"`)
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

/**
 * Null: there is no such schema. One catalogue after the other: of a new connection, which has read none of them yet, a
 * single statement about all takes half as long again.
 */
export async function inspectSchema (sql: Sql, schema: string): Promise<SchemaFacts | null> {
  const [found] = await sql<{ oid: string, mayUse: boolean, mayCreate: boolean }>(
    `select oid, has_schema_privilege(oid, 'usage') as "mayUse", has_schema_privilege(oid, 'create') as "mayCreate"
    from pg_namespace where nspname = $1`,
    [schema]
  )
  if (found === undefined) return null
  const { oid, mayUse, mayCreate } = found
  const tables = await inspectTables(sql, oid)
  const functions = await sql<{ name: string, mayCall: boolean }>(
    `select proname as name, has_function_privilege(oid, 'execute') as "mayCall"
    from pg_proc where pronamespace = $1 and proname = any($2::name[])`,
    [oid, [...FUNCTIONS]]
  )
  const triggers = await sql<{ name: string }>(
    'select tgname as name from pg_trigger where tgrelid = $1 and not tgisinternal and tgenabled in (\'O\', \'A\')',
    [tables.find(({ name }) => name === 'live_session')?.oid ?? null]
  )
  const lacking = [
    ...tables.flatMap(({ name, lacking }) => lacking.map((right) => `${right} on ${name}`)),
    ...functions.filter(({ name, mayCall }) => name in CALLED && !mayCall).map(({ name }) => `EXECUTE on ${name}`)
  ]
  const readable = mayUse && tables.some(({ name }) => name === MIGRATIONS_TABLE) &&
    !lacking.includes(`SELECT on ${MIGRATIONS_TABLE}`)
  const migrations = readable
    ? await sql<{ name: string }>(`select name from ${tableIn(schema, MIGRATIONS_TABLE)} order by id`)
    : null
  return {
    mayUse,
    mayCreate,
    missing: [...missingOf('table', TABLES, tables), ...missingOf('function', FUNCTIONS, functions),
      ...missingOf('trigger', TRIGGERS, triggers)],
    tables: tables.map(({ name }) => name),
    migrations: migrations === null ? null : migrations.map(({ name }) => name),
    lacking
  }
}

type TableRow = Record<'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE', boolean> & { oid: string, name: keyof typeof RIGHTS }

async function inspectTables (sql: Sql, schema: string) {
  const rows = await sql<TableRow>(
    `select oid, relname as name, has_table_privilege(oid, 'SELECT') as "SELECT", has_table_privilege(oid, 'INSERT') as "INSERT",
      has_table_privilege(oid, 'UPDATE') as "UPDATE", has_table_privilege(oid, 'DELETE') as "DELETE"
    from pg_class where relnamespace = $1 and relname = any($2::name[]) and relkind in ('r', 'p') order by relname`,
    [schema, [...TABLES]]
  )
  return rows.map(({ oid, name, ...may }) => ({ oid, name, lacking: RIGHTS[name].filter((right) => !may[right]) }))
}

function missingOf (kind: string, all: readonly string[], found: ReadonlyArray<{ name: string }>): string[] {
  return all.filter((wanted) => !found.some(({ name }) => name === wanted)).map((name) => `${kind} ${name}`)
}
