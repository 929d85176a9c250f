/**
 * What people call an Android device ("Galaxy S20 FE 5G") whose software calls itself by the factory's code
 * ("SM-G781B").
 */
import { readFileSync } from 'node:fs'
import { brotliDecompressSync } from 'node:zlib'

export interface MarketingName {
  vendor: string | null
  name: string
}

/**
 * Lines of "code, maker, name", sorted by code: made by `npm run devices:models` from Google's public list.
 * Read when the first Android device with a model signs in. Without the file (a bundler left it out) codes stay codes.
 */
const lines = once(() => {
  try {
    return `${brotliDecompressSync(readFileSync(new URL('./models.tsv.br', import.meta.url))).toString()}\n`
  } catch {
    return ''
  }
})

/**
 * Makers write the same device's code with their name before it, with an operator's letter behind it, or with a second
 * code.
 */
export function marketingName (model: string): MarketingName | null {
  const code = model.replace(
    /^(?:samsung|huawei|honor|oppo|vivo|xiaomi|oneplus|lenovo|realme|asus|sony|zte|lge?)[ _-]+(?=\S*\d)/i,
    ''
  )
  // "Nexus 5X", "moto g(60)": words are a name already.
  if (/[\s(]/.test(code) && /[a-z]{3}/.test(code)) return null
  const plain = code.replace(/(?:\/\w+|[_ ](?:EEA|EU|GL|TR|RU|5G))$/, '')
  return exactly(model) ?? exactly(code) ?? exactly(code.toUpperCase()) ?? exactly(plain) ?? samsungFamily(code)
}

function exactly (code: string): MarketingName | null {
  return startingWith(`${code}\t`)
}

/** All of SM-G781… are one device; the letters behind are the country and the operator. */
function samsungFamily (code: string): MarketingName | null {
  const family = /^SM-[A-Z]\d{3}/i.exec(code)?.[0].toUpperCase()
  return family === undefined ? null : startingWith(family)
}

/** The first line that starts so, by halving the text. */
function startingWith (start: string): MarketingName | null {
  const text = lines()
  let [low, high] = [0, text.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const begin = text.lastIndexOf('\n', middle - 1) + 1
    const end = text.indexOf('\n', middle)
    if (text.slice(begin, end) < start) low = end + 1
    else high = begin
  }
  return text.startsWith(start, low) ? nameOf(text.slice(low, text.indexOf('\n', low))) : null
}

function nameOf (line: string): MarketingName | null {
  const [, vendor = '', name = ''] = line.split('\t')
  return name === '' ? null : { vendor: vendor === '' ? null : vendor, name }
}

function once<Value> (make: () => Value): () => Value {
  let made: { value: Value } | null = null
  return () => (made ??= { value: make() }).value
}
