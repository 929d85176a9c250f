/** What somebody meant by a name that does not exist. */

/** What other libraries call it, in small letters. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  connectionstring: 'url',
  connectionurl: 'url',
  clienturl: 'url',
  uri: 'url',
  dsn: 'url',
  connection: 'url',
  db: 'database',
  databaseurl: 'database',
  postgres: 'database',
  pg: 'database',
  orm: 'database',
  currentschema: 'schema',
  redisurl: 'redis',
  jwtsecret: 'secret',
  secretkey: 'secret',
  key: 'secret',
  keys: 'secret',
  privatekey: 'privateKey',
  cors: 'allowedOrigins',
  origins: 'allowedOrigins',
  authenticate: 'verify',
  validate: 'verify',
  isadmin: 'authorize',
  check: 'authorize',
  maxage: 'absoluteTimeoutMs',
  ttl: 'absoluteTimeoutMs',
  timeout: 'idleTimeoutMs',
  limit: 'maxSessions',
  basepath: 'prefix',
  path: 'prefix'
}

/** No slip is longer. */
const LONGEST = 64

/** The known name that is nearest to this one; null when none is near. */
export function nearestName (name: string, known: readonly string[]): string | null {
  // a name may come with a request, and the comparison takes time and room
  if (name.length > LONGEST) return null
  const small = name.toLowerCase()
  const elsewhere = ELSEWHERE[small]
  if (elsewhere !== undefined && known.includes(elsewhere)) return elsewhere
  const ranked = known
    .map((candidate) => ({ candidate, distance: distanceOf(small, candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
  const [best] = ranked
  if (best !== undefined && best.distance <= Math.max(1, Math.floor(small.length / 3))) return best.candidate
  // The unit forgotten, or the beginning of it.
  return known.find((candidate) => small.length > 2 && candidate.toLowerCase().startsWith(small)) ?? null
}

/** How many letters have to be put in, left out, replaced or swapped. */
function distanceOf (from: string, to: string): number {
  const rows = Array.from(
    { length: from.length + 1 },
    (_row, i) => Array.from({ length: to.length + 1 }, (_cell, j) => i === 0 ? j : j === 0 ? i : 0)
  )
  const at = (i: number, j: number): number => rows[i]?.[j] ?? 0
  for (let i = 1; i <= from.length; i++) {
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1] ? 0 : 1
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
        ? at(i - 2, j - 2) + 1
        : Infinity
      const row = rows[i] as number[]
      row[j] = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + same, swapped)
    }
  }
  return at(from.length, to.length)
}
