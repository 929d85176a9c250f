/** Text that strangers wrote (headers, names of devices), made fit to be stored and shown. */

/**
 * Characters that nobody types and that forge log lines or turn the reading direction around; lone surrogates, which
 * PostgreSQL refuses.
 */
const UNFIT = /[\p{Cc}\p{Cs}\u061C\u200E\u200F\u2028\u2029\u202A-\u202E\u2066-\u2069\uFEFF]/gu
const VISIBLE = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}]/u
/** What brands and models are written with. Markup, quotes and the like are not among it. */
const PLAIN = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._\-+()/,:']*$/u

const MAX_USER_AGENT = 512
const MAX_NAME = 100
const MAX_PRODUCT = 64

/** A header's first value, without unfit characters; `''` where it is absent or longer than `max` even so. */
export function headerText (value: string | string[] | undefined, max: number): string {
  const first: unknown = Array.isArray(value) ? value[0] : value
  if (typeof first !== 'string' || first.length > max) return ''
  return first.replace(UNFIT, '').trim()
}

/** The User-Agent header, capped at 512 characters. */
export function userAgentText (value: string | string[] | undefined): string {
  const first: unknown = Array.isArray(value) ? value[0] : value
  if (typeof first !== 'string') return ''
  // The cut may halve a pair of surrogates, so the second pass takes the odd half away.
  return first.slice(0, 8 * MAX_USER_AGENT).replace(UNFIT, '').trim().slice(0, MAX_USER_AGENT).replace(UNFIT, '').trim()
}

/** The name of a browser, system, vendor or model, or null where it is none: empty, too long, or holding markup. */
export function productText (value: string | null | undefined): string | null {
  const text = value?.trim()
  return text !== undefined && text.length <= MAX_PRODUCT && PLAIN.test(text) ? text : null
}

/** A device name that a person gave: trimmed, NFC, 1 to 100 characters, without unfit ones. Else null. */
export function cleanDeviceName (name: unknown): string | null {
  if (typeof name !== 'string' || name.length > 16 * MAX_NAME) return null
  const text = name.replace(UNFIT, '').normalize('NFC').trim()
  return VISIBLE.test(text) && [...text].length <= MAX_NAME ? text : null
}
