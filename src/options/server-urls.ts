/**
 * The URLs of PostgreSQL and Redis: what is wrong with one, in words. Its value is never shown: there may be a password
 * in it.
 */
import { nearestName } from './near-misses.ts'

const UNREADABLE = "this one can't be read: in user and password, signs like @ : / # % are written %40 %3A %2F %23 %25"
const NO_PORT = "this one's port is none: it is a whole number from 1 to 65535"
const NO_DATABASE_NUMBER =
  "this one's database is none: it is a whole number from 0, as in redis://host:6379/0, or left out"

/** What keeps a URL of either from being read; null: nothing. */
function urlSlip (url: string): string | null {
  if (holdsLateAt(url)) return UNREADABLE
  const port = portIn(url)
  if (port !== undefined && !(/^\d+$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535)) return NO_PORT
  return URL.canParse(url) ? null : UNREADABLE
}

/** What stands for a port behind the host, also where a URL with it can't be parsed. */
function portIn (url: string): string | undefined {
  const [, address = ''] = /^[^:]+:\/\/([^/?#]*)/.exec(url) ?? []
  const place = address.slice(address.lastIndexOf('@') + 1)
  return /^(?:\[[^\]]*\]|[^:[\]]*):(.+)$/.exec(place)?.[1]
}

/**
 * A password with a sign like / ends the address before its @: what should be secret would be taken for the host, and
 * stand in messages.
 */
function holdsLateAt (url: string): boolean {
  const [, address = '', path = '', query = '', hash = ''] =
    /^[^:]+:\/\/([^/?#]*)([^?#]*)([^#]*)(.*)$/s.exec(url) ?? []
  if (path.includes('@') || hash.includes('@')) return true
  // in the value of a parameter, where the user stands before the host or there is no host, it is an @ like others
  return /[?&][^=&]*@/.test(query) || (query.includes('@') && address !== '' && !address.includes('@'))
}

/** What is wrong with a URL that begins like PostgreSQL's; null: nothing that can be seen. */
export function postgresUrlSlip (url: string): string | null {
  return urlSlip(url) ?? schemaSlip(new URL(url))
}

/** The driver takes any name for a setting of its own, and the tables would be made in the schema `public`. */
function schemaSlip ({ searchParams }: URL): string | null {
  if (searchParams.has('schema')) return null
  const near = [...searchParams.keys()].find((name) => nearestName(name, ['schema']) !== null)
  return near === undefined ? null : `this one's ${JSON.stringify(near)} is read by nobody; did you mean "schema"?`
}

/** What is wrong with a URL that begins like one of Redis, or with the path of its socket; null: nothing to be seen. */
export function redisUrlSlip (url: string): string | null {
  if (url.startsWith('/')) {
    const at = url.indexOf('?')
    return at === -1 ? null : numberSlip(new URLSearchParams(url.slice(at)).getAll('db'))
  }
  const slip = urlSlip(url)
  if (slip !== null) return slip
  const { pathname, searchParams } = new URL(url)
  return numberSlip([.../[^/]/.test(pathname) ? [pathname.slice(1).replace(/\/$/, '')] : [], ...searchParams.getAll('db')])
}

/** ioredis makes NaN of another text, and throws where nobody can catch it; of "1.5" it makes 1 without a word. */
function numberSlip (numbers: readonly string[]): string | null {
  return numbers.every((number) => /^\d{1,15}$/.test(number)) ? null : NO_DATABASE_NUMBER
}

/** The same for a client of the app's: null where it names a database that can be, or none. */
export function databaseNumberSlip (db: unknown): string | null {
  return db === undefined || db === null || (Number.isSafeInteger(db) && (db as number) >= 0)
    ? null
    : "this one's database (db) is none: it is a whole number from 0, or left out"
}
