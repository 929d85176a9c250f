/**
 * Names under which PostgreSQL keeps statements that are asked again and again, so that it parses them once a
 * connection.
 */
import { createHash } from 'node:crypto'

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
      const name = names.get(text) ?? nameOf(text)
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

/** The text's own: behind a pooler, where processes share connections, a name never means another text. */
function nameOf (text: string): string {
  return `live_sessions_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`
}
