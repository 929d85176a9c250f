/**
 * What an .mmdb file says of an address: MaxMind's and DB-IP's own records are nested, those on npm flat; both become
 * one shape.
 */
import type { Precision } from '../options/geoip.ts'
import type { Location } from '../protocol.ts'

/** Where an address is, as it is kept. Coordinates are there for distances, and shown to nobody. */
export interface KeptLocation extends Location {
  latitude?: number
  longitude?: number
}

/** What is known of an address. */
export interface Place {
  location: KeptLocation | null
  /** How the address hides who uses it: `vpn`, `tor`, `proxy`, … */
  anonymous: string[]
  datacentre: boolean
  /** Whose network it is. */
  organization: string | null
}

export const NOWHERE: Place = { location: null, anonymous: [], datacentre: false, organization: null }

type Fields = Record<string, unknown>

/** By the names that the vendors give it: MaxMind's Anonymous IP and Insights, IPinfo's Privacy Detection, others. */
const ANONYMOUS: ReadonlyArray<[kind: string, names: readonly string[]]> = [
  ['tor', ['is_tor_exit_node', 'is_tor', 'tor']],
  ['vpn', ['is_anonymous_vpn', 'is_vpn', 'vpn']],
  ['proxy', ['is_public_proxy', 'is_anonymous_proxy', 'is_proxy', 'proxy']],
  ['residential_proxy', ['is_residential_proxy', 'residential_proxy']],
  ['relay', ['is_relay', 'relay']],
  ['anonymiser', ['is_anonymous', 'anonymous', 'is_anonymizer', 'anonymizer']]
]
const DATACENTRE = ['is_hosting_provider', 'is_datacenter', 'is_hosting', 'hosting', 'datacenter']
const ORGANIZATIONS = ['autonomous_system_organization', 'as_organization', 'as_name', 'organization', 'isp']
/** Where the vendors put those flags, beside the record itself. */
const GROUPS = ['traits', 'anonymizer', 'privacy', 'security']
const ISO_CODE = /^[A-Z]{2}$/
const MAX_NAME = 100

/** One record of one file. */
export function readRecord (given: unknown): Place {
  const record = fieldsOf(given)
  if (record === null) return NOWHERE
  const groups = [record, ...GROUPS.map((name) => fieldsOf(record[name])).filter((group) => group !== null)]
  const isSaid = (names: readonly string[]): boolean =>
    groups.some((group) => names.some((name) => isTrue(group[name])))
  const kinds = ANONYMOUS.filter(([, names]) => isSaid(names)).map(([kind]) => kind)
  return {
    location: locationIn(record),
    // The general word beside a more exact one says nothing more.
    anonymous: kinds.length > 1 ? kinds.filter((kind) => kind !== 'anonymiser') : kinds,
    datacentre: isSaid(DATACENTRE) || groups.some((group) => group['user_type'] === 'hosting'),
    organization:
      groups.map((group) => firstText(ORGANIZATIONS.map((name) => group[name]))).find((text) => text !== null) ?? null
  }
}

function locationIn (record: Fields): KeptLocation | null {
  const country = fieldsOf(record['country']) ?? fieldsOf(record['registered_country'])
  const code = firstText([country?.['iso_code'], record['country_code'], record['countryCode'], record['country']])
    ?.toUpperCase()
  const countryCode = code !== undefined && ISO_CODE.test(code) ? code : null
  const subdivision = Array.isArray(record['subdivisions']) ? fieldsOf(record['subdivisions'][0]) : null
  const coordinates = fieldsOf(record['location']) ?? record
  const [latitude, longitude] = [
    numberIn(coordinates['latitude'] ?? coordinates['lat']),
    numberIn(coordinates['longitude'] ?? coordinates['lng'])
  ]
  const location: KeptLocation = {
    countryCode,
    country: nameIn(country) ?? firstText([record['country_name']]) ?? nameOfCountry(countryCode),
    region: nameIn(subdivision) ??
      firstText([record['state1'], record['region_name'], record['region'], record['state_prov']]),
    city: nameIn(fieldsOf(record['city'])) ?? firstText([record['city'], record['city_name']])
  }
  if (latitude !== null && longitude !== null && Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180) {
    Object.assign(location, { latitude, longitude })
  }
  return Object.values(location).every((value) => value === null) ? null : location
}

/** What each file adds to those before it. */
export function mergePlaces (places: readonly Place[]): Place {
  return places.reduce((known, { location, anonymous, datacentre, organization }) => ({
    location: mergeLocations(known.location, location),
    anonymous: [...new Set([...known.anonymous, ...anonymous])],
    datacentre: known.datacentre || datacentre,
    organization: known.organization ?? organization
  }), NOWHERE)
}

/** A city of another country would be nowhere. */
function mergeLocations (known: KeptLocation | null, more: KeptLocation | null): KeptLocation | null {
  if (known === null || more === null) return known ?? more
  if (known.countryCode !== null && more.countryCode !== null && known.countryCode !== more.countryCode) return known
  const added = Object.entries(more).filter(([name, value]) =>
    value !== null && (known[name as keyof KeptLocation] ?? null) === null
  )
  return { ...known, ...Object.fromEntries(added) }
}

/**
 * No more of it than the app wants to keep. Coordinates are as coarse as the rest: a tenth of a degree is 11 km, a
 * whole one 111 km.
 */
export function withPrecision (location: KeptLocation | null, precision: Precision): KeptLocation | null {
  if (location === null || precision === 'none') return null
  const { latitude, longitude, ...named } = location
  if (precision === 'country') return { ...named, region: null, city: null }
  const parts = precision === 'city' ? 10 : 1
  return {
    ...named,
    city: precision === 'city' ? named.city : null,
    ...(latitude === undefined || longitude === undefined
      ? {}
      : { latitude: round(latitude, parts), longitude: round(longitude, parts) })
  }
}

function round (degrees: number, parts: number): number {
  return Math.round(degrees * parts) / parts
}

/** Made when a name is asked for: it takes 15 ms, and most never ask. */
let countryNames: Intl.DisplayNames | undefined

function nameOfCountry (code: string | null): string | null {
  if (code === null) return null
  countryNames ??= new Intl.DisplayNames('en', { type: 'region', fallback: 'none' })
  return countryNames.of(code) ?? null
}

function fieldsOf (value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Fields : null
}

/** `{names: {en: 'Germany'}}`. */
function nameIn (named: Fields | null): string | null {
  return firstText([fieldsOf(named?.['names'])?.['en'], named?.['name']])
}

/** In some files everything is text. */
function isTrue (value: unknown): boolean {
  return value === true || value === 1 || value === 'true' || value === '1'
}

function numberIn (value: unknown): number | null {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : null
}

/** What a file holds goes into rows, pages and mails: no control characters, never long. */
function firstText (values: readonly unknown[]): string | null {
  const text = values.find((value): value is string => typeof value === 'string' && value.trim() !== '')
  // eslint-disable-next-line no-control-regex
  return text?.replace(/[\u0000-\u001f\u007f-\u009f\ud800-\udfff]/gu, '').trim().slice(0, MAX_NAME) ?? null
}
