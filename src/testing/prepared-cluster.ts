/**
 * A new PGlite takes seconds to prepare the files of a database: they are prepared once a version, and later databases
 * begin with a copy of them.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { PGlite, PGliteOptions } from '@electric-sql/pglite'
import { findPlace, readCopy, writeCopy } from './kept-copy.ts'

/** As zeros, PostgreSQL's usual 128 MB of them are a sixth of the work of a start. */
const BUFFERS = ['-c', 'shared_buffers=16MB']
/** In MB, the least: of the usual 16, most would be zeros, a quarter of what is copied. */
const LOG_FILES = ['--wal-segsize=1']

/** A database in this folder, which may hold one already; without a folder, an empty one in memory. */
export async function openDatabase (
  Postgres: { create: (options: PGliteOptions) => Promise<PGlite>, defaultStartParams: string[] },
  dataDir?: string,
  place = findPlace()
): Promise<PGlite> {
  const startParams = [...Postgres.defaultStartParams, ...BUFFERS]
  const params = { startParams, initDbStartParams: LOG_FILES }
  const options = dataDir === undefined ? params : { ...params, dataDir }
  const copy = place === null || !isNew(dataDir) ? null : readCopy(place)
  if (copy !== null) {
    try {
      return await Postgres.create({ ...options, loadDataDir: new Blob([copy], { type: 'application/x-tar' }) })
    } catch {
      // Not what this PGlite can load: as if there were none.
    }
  }
  const db = await Postgres.create(options)
  // Only of one in memory it is certain that nobody has used it.
  if (place !== null && dataDir === undefined) {
    writeCopy(place, new Uint8Array(await (await db.dumpDataDir('none')).arrayBuffer()))
  }
  return db
}

/** A place that only PGlite knows how to read (`file://`) may hold one. */
function isNew (dataDir: string | undefined): boolean {
  return dataDir === undefined || (!dataDir.includes('://') && !existsSync(join(dataDir, 'PG_VERSION')))
}
