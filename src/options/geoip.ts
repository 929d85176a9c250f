/** Where addresses are: the databases to ask, and how exactly it may be known. */
import { OptionInvalid } from '../errors.ts'
import { checkNumber, checkOneOf, MAX_TIMER_MS, readGroup, rejectOption } from './values.ts'

export const PRECISIONS = ['country', 'region', 'city', 'none'] as const
export type Precision = typeof PRECISIONS[number]

export interface GeoipOptions {
  /**
   * Path of an `.mmdb` file, or several: each adds what those before it do not know (places, networks, anonymisers).
   */
  files: string | readonly string[]
  /**
   * What is kept and shown of a place, at most; `none` keeps none, and asks the files for anonymisers and datacentres
   * only.
   * @default 'city'
   */
  precision?: Precision
  /** How often is looked whether a file has changed, which reloads it. In ms. @default 5_000 */
  checkEveryMs?: number
}

export type ResolvedGeoip = Required<Omit<GeoipOptions, 'files'>> & { files: readonly string[] }

export const GEOIP_DEFAULTS = { precision: 'city' as Precision, checkEveryMs: 5_000 }
const GEOIP = 'the path of an .mmdb file, a list of paths, or {files, precision, checkEveryMs}'

/** Null: no places. */
export function resolveGeoip (
  given: string | readonly string[] | GeoipOptions | null | undefined
): ResolvedGeoip | null {
  if (given === undefined || given === null) return null
  if (typeof given === 'string' || Array.isArray(given)) return { ...GEOIP_DEFAULTS, files: checkFiles('geoip', given) }
  if (typeof given !== 'object') rejectOption('geoip', GEOIP, given)
  const group = readGroup('geoip', given as GeoipOptions, ['files', ...Object.keys(GEOIP_DEFAULTS)])
  const resolved = { ...GEOIP_DEFAULTS, ...group, files: checkFiles('geoip.files', group?.files) }
  checkOneOf('geoip.precision', resolved.precision, PRECISIONS)
  checkNumber('geoip.checkEveryMs', resolved.checkEveryMs, 100, MAX_TIMER_MS)
  return resolved
}

function checkFiles (name: string, given: unknown): readonly string[] {
  const files: unknown[] = Array.isArray(given) ? given : [given]
  if (files.length === 0) throw new OptionInvalid(name, 'is an empty list; leave the option out for no places')
  for (const file of files) {
    if (typeof file !== 'string' || file === '') {
      rejectOption(
        name,
        name === 'geoip' ? GEOIP : 'the path of an .mmdb file, or a list of paths',
        file
      )
    }
  }
  return files as string[]
}
