/** Filters as they are typed: `name=value`, each name once, each value of its kind. */
import { normalizeAddress } from '../address.ts'
import { DEVICE_TYPES } from '../protocol.ts'
import { isStorableText } from '../session/login-input.ts'
import { FILTER_NAMES, type SessionFilter } from '../session/store/filter.ts'
import { columns } from './command.ts'
import { Misuse } from './failures.ts'

type FilterName = typeof FILTER_NAMES[number]

interface Kind {
  description: string
  /** What goes to the database; null when it is not of this kind. */
  read: (value: string) => string | null
}

const text = (description: string): Kind => ({ description, read: (value) => isStorableText(value) ? value : null })
const time = (description: string): Kind => ({
  description: `${description}: 2026-11-23 (midnight UTC) or 2026-11-23T12:00:00Z`,
  read: readTime
})

const KINDS: Record<FilterName, Kind> = {
  userId: text('a user\'s id'),
  ip: { description: 'the latest address: 192.0.2.1, 2001:db8::1', read: normalizeAddress },
  countryCode: { description: 'two capital letters', read: (value) => /^[A-Z]{2}$/.test(value) ? value : null },
  deviceType: {
    description: DEVICE_TYPES.join(', '),
    read: (value) => (DEVICE_TYPES as readonly string[]).includes(value) ? value : null
  },
  clientId: text("the app's own name for its client"),
  createdBefore: time('signed in before'),
  inactiveSince: time('not active since')
}

export const FILTER_FORMS = columns(FILTER_NAMES.map((name) => [`${name}=…`, KINDS[name].description] as const))

export function parseFilter (conditions: readonly string[]): SessionFilter {
  const filter: Record<string, string> = {}
  for (const condition of conditions) {
    const [name = '', ...rest] = condition.split('=')
    if (rest.length === 0) throw new Misuse(`--filter is <name>=<value>, not "${condition}"`)
    if (!isFilterName(name)) throw new Misuse(`there is no filter "${name}"; there are ${FILTER_NAMES.join(', ')}`)
    if (name in filter) throw new Misuse(`the filter ${name} is given twice`)
    const value = rest.join('=')
    const read = value === '' ? null : KINDS[name].read(value)
    if (read === null) {
      throw new Misuse(
        `the filter ${name} is ${value === '' ? 'empty' : `not "${value}"`}; it takes ${KINDS[name].description}`
      )
    }
    filter[name] = read
  }
  return filter as SessionFilter
}

function isFilterName (name: string): name is FilterName {
  return (FILTER_NAMES as readonly string[]).includes(name)
}

/** A day, or a moment with its zone: without one it would depend on the server's. */
function readTime (value: string): string | null {
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d))?$/.test(value)) return null
  const [time, day] = [new Date(value), new Date(value.slice(0, 10))]
  if (Number.isNaN(time.getTime()) || Number.isNaN(day.getTime())) return null
  // JavaScript takes 31 February for 3 March.
  return day.toISOString().startsWith(value.slice(0, 10)) ? time.toISOString() : null
}
