/** Words of strangers (names of devices, places) as one line of a mail, which no mail program makes a link of. */

/** What breaks lines, steers terminals or turns the reading direction around. */
const UNFIT = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]+/gu
const MAX_LENGTH = 120
/** Invisible; a domain with it inside is no domain. */
const WORD_JOINER = '\u2060'

/** A scheme, a domain (shop24.com is one as well), or a number of IPv4 with a path or a port. */
const ADDRESS = /:\/\/|^www\.|[\p{L}\p{N}_-]\.\p{L}{2,}|\d+\.\d+\.\d+\.\d+[/:]/u
/** Left alone: a mail to the attacker helps them with nothing. */
const MAIL_ADDRESS = /^[^@/:]+@[^@/:]+$/

export function oneLine (text: string): string {
  const line = text.replace(UNFIT, ' ').replace(/\s+/g, ' ').trim()
  const characters = [...line]
  return characters.length > MAX_LENGTH ? `${characters.slice(0, MAX_LENGTH - 1).join('')}…` : line
}

/** Mail programs link whatever looks like an address: "call evil.example/help" as a device's name must lead nowhere. */
export function withoutLinks (text: string): string {
  const broken = (word: string): string => word.replace(/[.:/](?=.)/gu, `$&${WORD_JOINER}`)
  return oneLine(text).split(' ').map((word) => ADDRESS.test(word) && !MAIL_ADDRESS.test(word) ? broken(word) : word)
    .join(' ')
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

export function escapeHtml (text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] as string)
}
