/** What our migrations make, by name; and the mark that keeps the schema tools of an app's MikroORM away from it. */

/**
 * The schema of every entity here. MikroORM takes it for "whichever the query says", so its schema generator and its
 * migrations neither create, change nor drop these tables, unless they are asked for a schema by name; queries find
 * them all the same.
 */
export const OUR_OWN = '*'

/** Its rows are the names of the migrations that are done. */
export const MIGRATIONS_TABLE = 'live_session_migrations'

export const TABLES = [
  'live_session',
  'live_session_event',
  'live_session_node',
  'live_session_address',
  'live_session_device',
  'live_session_notice',
  MIGRATIONS_TABLE
] as const
/** All on the table `live_session`. */
export const TRIGGERS = [
  'live_session_guard', 'live_session_keep', 'live_session_keep_all',
  'live_session_locate_new', 'live_session_locate_moved', 'live_session_locate_gone', 'live_session_locate_none'
] as const
export const FUNCTIONS = [
  'live_session_guard',
  'live_session_applied',
  'live_session_keep',
  'live_session_locate'
] as const
