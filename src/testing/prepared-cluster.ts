/**
 * A new PGlite in memory takes seconds to prepare its files: they are prepared once a version, and kept beside the
 * package.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { PGlite } from '@electric-sql/pglite'

/** An empty database in memory. Where nothing can be kept (a read-only folder, an archive) it only takes longer. */
export async function createInMemory (Postgres: typeof PGlite): Promise<PGlite> {
  const kept = placeOfCopy()
  const copy = kept === null ? null : readCopy(kept)
  if (copy !== null) {
    try {
      return await Postgres.create({ loadDataDir: copy })
    } catch {
      // A damaged copy: as if there were none.
    }
  }
  const db = await Postgres.create()
  if (kept !== null) writeCopy(kept, new Uint8Array(await (await db.dumpDataDir('gzip')).arrayBuffer()))
  return db
}

interface Place {
  folder: string
  file: string
}

/** In the `node_modules` that PGlite is in: nobody else's files are ever loaded, and `npm ci` removes it. */
function placeOfCopy (): Place | null {
  try {
    const entry = import.meta.resolve('@electric-sql/pglite')
    const { version } = JSON.parse(readFileSync(new URL('../package.json', entry), 'utf8')) as { version: string }
    const folder = fileURLToPath(new URL('../../../.cache/fastify-live-sessions/', entry))
    return { folder, file: `${folder}pglite-${version}.tar.gz` }
  } catch {
    return null
  }
}

function readCopy ({ file }: Place): Blob | null {
  try {
    return new Blob([readFileSync(file)], { type: 'application/x-gzip' })
  } catch {
    return null
  }
}

/** Renamed when it is whole: test files start side by side. */
function writeCopy ({ folder, file }: Place, content: Uint8Array): void {
  const draft = `${file}.${process.pid}.${Date.now()}`
  try {
    mkdirSync(folder, { recursive: true })
    writeFileSync(draft, content)
    renameSync(draft, file)
  } catch {
    rmSync(draft, { force: true })
  }
}
