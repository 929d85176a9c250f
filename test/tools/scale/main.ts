/** The heavy runs, one after the other; progress on stderr, figures in docs/SCALE.md. `npm run test:scale [-- touch|cleanup|mass|lists]`. */
import pg from 'pg'
import t from 'tap'
import { findServices } from '../../helpers/services.ts'
import { measureCleanup } from './cleanup.ts'
import { measureLists } from './lists.ts'
import { measureMassEnd } from './mass-end.ts'
import { beginPart, writePart } from './report.ts'
import { measureTouch } from './touch.ts'

// A run takes minutes; each part has a limit of its own.
t.setTimeout(3_600_000)

const MILLION = Number(process.env['SCALE_ROWS'] ?? 1_000_000)
const chosen = process.argv.slice(2)
const parts = { touch: () => measureTouch, cleanup: () => measureCleanup, mass: () => measureMassEnd, lists: () => measureLists }

for (const [name, part] of Object.entries(parts)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue
  beginPart()
  await t.test(name, { timeout: 1_800_000 }, async (t) => { await part()(t, MILLION) })
  // Figures of fewer rows are for the one who runs it.
  if (MILLION === 1_000_000) writePart(name, await version())
}

async function version (): Promise<string> {
  const client = new pg.Client({ connectionString: (await findServices()).postgres.url })
  await client.connect()
  const { rows: [row] } = await client.query<{ version: string }>("select split_part(version(), ' (', 1) as version")
  await client.end()
  return row?.version ?? 'PostgreSQL'
}
