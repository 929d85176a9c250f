/** Times and places in words, in the page's language. */
import type { Location } from '../protocol.ts'

const UNITS = [['year', 31_536e6], ['month', 2_592e6], ['day', 864e5], ['hour', 36e5], ['minute', 6e4]] as const
const DAY_MS = 864e5
const MINUTE_MS = 6e4

export type Words = ReturnType<typeof createWords>

/** @param lang a language tag that Intl knows */
export function createWords (lang: string) {
  /** By how much the browser's clock is behind the server's, by which sessions are timed. */
  let behind = 0
  const now = (): number => Date.now() + behind
  const relative = new Intl.RelativeTimeFormat(lang, { numeric: 'auto' })
  const regions = new Intl.DisplayNames(lang, { type: 'region', fallback: 'none' })
  /** By their options. To make one takes as long as to use it fifty times, and a list uses several for each row. */
  const formats = new Map<string, Intl.DateTimeFormat>()

  function format (date: Date, options: Intl.DateTimeFormatOptions): string {
    const key = JSON.stringify(options)
    const known = formats.get(key) ?? new Intl.DateTimeFormat(lang, options)
    formats.set(key, known)
    return known.format(date)
  }

  return {
    /** What time it is at the server, by an answer's Date header; null where that can't be read. */
    setClock (date: string | null): void {
      const difference = Date.parse(date ?? '') - Date.now()
      // the header has no parts of seconds, and was on its way
      behind = Math.abs(difference) > MINUTE_MS ? difference : 0
    },
    /** "5 minutes ago"; null for less than a minute. */
    ago (iso: string): string | null {
      const passed = now() - Date.parse(iso)
      const [unit, ms] = UNITS.find(([, ms]) => passed >= ms) ?? []
      return unit === undefined || ms === undefined ? null : relative.format(-Math.floor(passed / ms), unit)
    },
    /** "9:41"; with the date where that is not today. */
    clock (iso: string, timeStyle: 'short' | 'medium' = 'short'): string {
      const date = new Date(iso)
      const today = date.toDateString() === new Date(now()).toDateString() && Math.abs(now() - date.getTime()) < DAY_MS
      return format(date, today ? { timeStyle } : { dateStyle: 'medium', timeStyle })
    },
    /** "30 seconds". */
    seconds: (count: number): string =>
      new Intl.NumberFormat(lang, { style: 'unit', unit: 'second', unitDisplay: 'long' }).format(Math.ceil(count)),
    /** "Berlin, Germany"; '' where nothing is known. */
    place (location: Location | null): string {
      const { city, country, countryCode } = location ?? {}
      const named = /^[A-Z]{2}$/.test(countryCode ?? '') ? regions.of(countryCode as string) : null
      return [city, named ?? country].filter(Boolean).join(', ')
    }
  }
}
