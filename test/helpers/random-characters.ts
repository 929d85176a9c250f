/** Any character, for fast-check's strings: the same as its unit `binary`, which makes a map of a million of them before the first one. */
import fc from 'fast-check'

const LAST = 0x10FFFF
/** No characters of their own. */
const SURROGATES = { from: 0xD800, count: 0x800 }

export const anyCharacter = fc.nat(LAST - SURROGATES.count).map(
  (index) => String.fromCodePoint(index < SURROGATES.from ? index : index + SURROGATES.count),
  // Backwards too: only so does fast-check mix in names like `__proto__`.
  (value) => {
    if (typeof value !== 'string' || [...value].length !== 1) throw new Error('not one character')
    const point = value.codePointAt(0) as number
    return point < SURROGATES.from ? point : point - SURROGATES.count
  }
)
