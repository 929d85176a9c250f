/**
 * Names under which PostgreSQL keeps statements that are asked again and again, so that it parses them once a
 * connection.
 */

export interface StatementNames {
  /** For the driver's query. Empty once names are of no use. */
  of: (text: string) => { name?: string }
  /**
   * Whether it was the name that failed: behind a PgBouncer without `max_prepared_statements` it is not known there, or
   * already means something. The statement has not run then, and no more names are given.
   */
  failed: (error: unknown) => boolean
}

/** invalid_sql_statement_name, duplicate_prepared_statement */
const NAME_STATES = new Set(['26000', '42P05'])

export function createStatementNames (): StatementNames {
  let names: Map<string, string> | null = new Map()
  return {
    of (text) {
      if (names === null) return {}
      const name = names.get(text) ?? `live_sessions_${names.size}`
      names.set(text, name)
      return { name }
    },
    failed (error) {
      if (!(error instanceof Error && 'code' in error && NAME_STATES.has(String(error.code)))) return false
      names = null
      return true
    }
  }
}
