/** What the demo's administrator has switched. A login asks each time, on every node: no restart is needed. */
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PreventConcurrentLogin } from 'fastify-live-sessions'
import pg from 'pg'

export const PREVENT_CONCURRENT_LOGIN: readonly PreventConcurrentLogin[] = [
  'disabled',
  'logoutFromSameTypeDevices',
  'logoutFromAllDevices'
]

export interface Settings {
  /** The rule of today; the last known one while it can't be read. */
  preventConcurrentLogin: () => Promise<PreventConcurrentLogin>
  /** Rejects where it can't be kept. */
  setPreventConcurrentLogin: (rule: PreventConcurrentLogin) => Promise<void>
}

/** Where one setting is kept; undefined: it was never set. */
export interface SettingKeeper {
  read: () => Promise<string | undefined>
  write: (value: string) => Promise<void>
}

export function createSettings (keeper: SettingKeeper): Settings {
  let last: PreventConcurrentLogin = 'disabled'
  return {
    async preventConcurrentLogin () {
      try {
        const value = await keeper.read()
        last = PREVENT_CONCURRENT_LOGIN.find((rule) => rule === value) ?? 'disabled'
      } catch {
        // What is wrong the login itself will say.
      }
      return last
    },
    async setPreventConcurrentLogin (rule) {
      await keeper.write(rule)
      last = rule
    }
  }
}

const WITHIN_MS = 2_000
const NAME = 'preventConcurrentLogin'
/** Of PostgreSQL: the table is not there yet; two nodes made it at once. */
const [UNDEFINED_TABLE, UNIQUE_VIOLATION, DUPLICATE_TABLE] = ['42P01', '23505', '42P07']

/** A table of the demo's own beside the sessions', made when something is switched for the first time. */
export function keepInTable (url: string): SettingKeeper & { close: () => Promise<void> } {
  const pool = new pg.Pool({
    connectionString: url,
    max: 1,
    connectionTimeoutMillis: WITHIN_MS,
    query_timeout: WITHIN_MS,
    application_name: 'live-sessions-demo'
  })
  // A connection that breaks while nobody uses it is news to nobody.
  pool.on('error', () => {})
  return {
    async read () {
      try {
        const { rows } = await pool.query<{ value: string }>('select value from demo_setting where name = $1', [NAME])
        return rows[0]?.value
      } catch (error) {
        if (codeOf(error) === UNDEFINED_TABLE) return undefined
        throw error
      }
    },
    async write (value) {
      await pool.query('create table if not exists demo_setting (name text primary key, value text not null)').catch(
        (error: unknown) => {
          if (codeOf(error) !== UNIQUE_VIOLATION && codeOf(error) !== DUPLICATE_TABLE) throw error
        }
      )
      await pool.query(
        'insert into demo_setting (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value',
        [NAME, value]
      )
    },
    close: async () => { await pool.end() }
  }
}

/** The embedded database has one connection, which is the plugin's: a file beside it. */
export function keepInFolder (folder: string): SettingKeeper {
  const file = join(folder, 'settings.json')
  return {
    async read () {
      const text = await readFile(file, 'utf8').catch((error: unknown) => {
        if (codeOf(error) === 'ENOENT') return '{}'
        throw error
      })
      return (JSON.parse(text) as Record<string, string | undefined>)[NAME]
    },
    async write (value) {
      await writeFile(`${file}.new`, JSON.stringify({ [NAME]: value }), { mode: 0o600 })
      await rename(`${file}.new`, file)
    }
  }
}

export function keepInMemory (): SettingKeeper {
  let kept: string | undefined
  return {
    read: async () => kept,
    write: async (value) => { kept = value }
  }
}

function codeOf (error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
