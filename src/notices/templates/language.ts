/** A reader's language, dates and names of countries: whatever the app says of them, a mail is written. */
import { english } from './words-en.ts'
import { german } from './words-de.ts'
import type { Words } from './words.ts'

export interface Language {
  words: Words
  /** A moment in the reader's time zone, which it names. */
  time: (iso: string) => string
  country: (code: string) => string
}

export interface Reader {
  locale?: string | null | undefined
  timeZone?: string | null | undefined
}

export function languageOf ({ locale, timeZone }: Reader): Language {
  const words = /^de(?![a-z])/i.test(locale ?? '') ? german : english
  // Words and dates of one language: a French date in an English mail helps nobody.
  const tag = isLocale(locale) && locale.toLowerCase().startsWith(words.language) ? locale : words.language
  const zone = isTimeZone(timeZone) ? timeZone : 'UTC'
  const format = new Intl.DateTimeFormat(tag, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZone: zone,
    timeZoneName: 'short'
  })
  const regions = new Intl.DisplayNames(tag, { type: 'region', fallback: 'code' })
  return {
    words,
    time: (iso) => format.format(new Date(iso)),
    country: (code) => /^[A-Z]{2}$/.test(code) ? regions.of(code) ?? code : code
  }
}

/** The first language of a browser's `Accept-Language`. */
export function localeOf (acceptLanguage: string | undefined): string {
  return /^\s*([A-Za-z-]{2,20})/.exec(acceptLanguage ?? '')?.[1] ?? 'en'
}

function isLocale (tag: string | null | undefined): tag is string {
  try {
    return typeof tag === 'string' && Intl.getCanonicalLocales(tag).length === 1
  } catch {
    return false
  }
}

function isTimeZone (zone: string | null | undefined): zone is string {
  try {
    if (typeof zone !== 'string') return false
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
