/** What speaks for somebody else at a login: pure rules over what is known of the user, each with the facts it used. */
import type { ResolvedRisk } from '../options/risk.ts'
import type { RiskDecision, RiskReason } from '../protocol.ts'
import { isoTime } from '../session-row.ts'
import type { Past } from './known-devices.ts'
import type { KeptLocation, Place } from './places-record.ts'

/** A login, as the rules see it. */
export interface RiskyLogin {
  deviceId: string | null
  deviceName: string
  /** What its device is noted by; null: it has no address, or none is kept. */
  network: string | null
  place: Place
  /** Wrong passwords for the same account since the last right one, and over how long they are counted. */
  failed: { count: number, withinMs: number }
  /** By the database's clock, in ms since 1970. */
  at: number
}

export interface Risk {
  /** This user has signed in before, and never with this device. */
  newDevice: boolean
  reasons: RiskReason[]
  score: number
}

const HOUR_MS = 3_600_000
/** Countries and such that a reason names at most. */
const MAX_NAMED = 10

/** Somebody said of it: this wasn't me. */
export function isRefused (deviceId: string | null, past: readonly Past[]): boolean {
  return deviceId !== null && past.some((one) => one.refused && one.deviceId === deviceId)
}

/** Where nothing is known of the user, it is their very first login, and nothing can be new. */
export function isNewDevice (deviceId: string | null, known: readonly Past[]): boolean {
  return known.some(({ refused }) => !refused) &&
    !known.some((one) => one.deviceId !== null && one.deviceId === deviceId)
}

/** `known`: what is known of this user; empty at the very first login, when nothing can be new. */
export function judgeRisk (login: RiskyLogin, known: readonly Past[], rules: ResolvedRisk): Risk {
  const past = known.filter(({ refused }) => !refused)
  const newDevice = isNewDevice(login.deviceId, known)
  const reasons = [
    newDevice ? { reason: 'new_device' as const, deviceName: login.deviceName } : null,
    newCountry(login.place.location, past),
    newAddress(login.network, past),
    impossibleTravel(login, past, rules),
    login.failed.count >= rules.failedLogins ? { reason: 'failed_logins' as const, ...login.failed } : null,
    login.place.anonymous.length > 0 ? { reason: 'anonymous_address' as const, kinds: login.place.anonymous } : null,
    login.place.datacentre ? { reason: 'datacentre' as const, organization: login.place.organization } : null,
    isRefused(login.deviceId, known) ? { reason: 'refused_device' as const } : null
  ].filter((reason): reason is RiskReason => reason !== null && rules.weights[reason.reason] > 0)
  return { newDevice, reasons, score: reasons.reduce((sum, { reason }) => sum + rules.weights[reason], 0) }
}

function newCountry (location: KeptLocation | null, past: readonly Past[]): RiskReason | null {
  const countryCode = location?.countryCode ?? null
  const known = [...new Set(past.flatMap(({ countries }) => countries))]
  // Where no earlier login has a country, the database may have come later than they.
  if (countryCode === null || known.length === 0 || known.includes(countryCode)) return null
  return { reason: 'new_country', countryCode, known: known.sort().slice(0, MAX_NAMED) }
}

function newAddress (network: string | null, past: readonly Past[]): RiskReason | null {
  if (network === null) return null
  const known = past.flatMap(({ networks }) => networks)
  return known.length === 0 || known.includes(network) ? null : { reason: 'new_address', network }
}

/** From where the user was last, whichever device that was. */
function impossibleTravel (
  { place, at }: RiskyLogin,
  past: readonly Past[],
  { maxKmPerHour, minTravelKm }: ResolvedRisk
): RiskReason | null {
  const to = place.location
  const last = past.filter(({ location }) => isLocated(location)).sort((a, b) => b.at - a.at)[0]
  if (last === undefined || !isLocated(to) || !isLocated(last.location)) return null
  const kilometres = Math.round(kilometresBetween(last.location, to))
  const hours = Math.max(0, at - last.at) / HOUR_MS
  if (kilometres < minTravelKm || kilometres <= maxKmPerHour * hours) return null
  return {
    reason: 'impossible_travel',
    from: nameOf(last.location),
    to: nameOf(to),
    kilometres,
    hours: Math.round(hours * 100) / 100,
    since: isoTime(last.at)
  }
}

type Located = KeptLocation & { latitude: number, longitude: number }

function isLocated (location: KeptLocation | null): location is Located {
  return location?.latitude !== undefined && location.longitude !== undefined
}

function nameOf ({ city, region, country, countryCode }: KeptLocation): string {
  return [city ?? region, country ?? countryCode].filter((part) => part !== null && part !== undefined).join(', ')
}

const EARTH_RADIUS_KM = 6_371

/** Along a great circle (haversine). */
function kilometresBetween (from: Located, to: Located): number {
  const radians = (degrees: number): number => degrees * Math.PI / 180
  const [north, east] = [radians(to.latitude - from.latitude), radians(to.longitude - from.longitude)]
  const chord = Math.sin(north / 2) ** 2 +
    Math.cos(radians(from.latitude)) * Math.cos(radians(to.latitude)) * Math.sin(east / 2) ** 2
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(chord)))
}

/** What the scores alone decide. */
export function decisionOf (
  score: number,
  { unconfirmedFrom, denyFrom }: Pick<ResolvedRisk, 'unconfirmedFrom' | 'denyFrom'>
): RiskDecision {
  if (denyFrom !== null && score >= denyFrom) return 'deny'
  return unconfirmedFrom !== null && score >= unconfirmedFrom ? 'unconfirmed' : 'allow'
}
