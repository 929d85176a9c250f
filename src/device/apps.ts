/** Apps that ask by themselves, without an engine for pages: by the name that they give themselves. */
import type { NamedVersion } from '../protocol.ts'
import { facebookApp, readableName, SYSTEM_BEHIND } from './app-names.ts'

export interface App {
  deviceName: string
  os: NamedVersion | null
}

/** The first version of Android with each API level; no version is higher than 20 yet. */
const FIRST_API_LEVELS = [
  [16, 36],
  [15, 35],
  [14, 34],
  [13, 33],
  [12, 31],
  [11, 30],
  [10, 29],
  [9, 28],
  [8, 26],
  [7, 24],
  [6, 23],
  [5, 21],
  [4, 14]
] as const
const MAX_VERSION = 20

/** "34" is an API level, and Android 14; "13" is Android 13. */
export function androidVersion (number: string): string | null {
  const level = Number(number)
  if (level < MAX_VERSION) return String(level)
  return String(FIRST_API_LEVELS.find(([, first]) => first <= level)?.[0] ?? '') || null
}

/**
 * `Mail/3776 CFNetwork/1494 Darwin/23.4.0`: an app on Apple's own HTTP library. Macs name their processor, phones do
 * not.
 */
export function appleApp (userAgent: string): App | null {
  if (!/\b(?:CFNetwork|Darwin)\//.test(userAgent)) return null
  const { name: os, kind } = appleSystem(userAgent) ?? { name: 'iOS', kind: 'iOS app' }
  const name = /^(?:CFNetwork|Darwin)\//.test(userAgent) ? null : appName(userAgent)
  return { deviceName: name === null ? kind : `${name} (${kind})`, os: { name: os, version: null } }
}

function appleSystem (userAgent: string): { name: string, kind: string } | null {
  if (/watch ?OS/i.test(userAgent)) return { name: 'watchOS', kind: 'Apple Watch app' }
  if (/\b(?:tvOS|AppleTV)\b/i.test(userAgent)) return { name: 'tvOS', kind: 'Apple TV app' }
  if (/\bvisionOS\b/i.test(userAgent)) return { name: 'visionOS', kind: 'Vision Pro app' }
  if (/\biPad(?:OS|\b|\d)/.test(userAgent)) return { name: 'iPadOS', kind: 'iPad app' }
  if (
    /\((?:x86_64|arm64|i386)\)|mac ?OS|Mac OS X(?!\))|Macintosh|\bMac\d+,/.test(userAgent) &&
    !/like Mac OS X/.test(userAgent)
  ) return { name: 'macOS', kind: 'Mac app' }
  return /\b(?:iOS|iPhone|iPod)/.test(userAgent) ? { name: 'iOS', kind: 'iOS app' } : null
}

/** `Acme/3.2 (com.acme; iOS 17.5)`: an app that says what it runs on. */
export function appOnSystem (userAgent: string): App | null {
  const facebook = facebookApp(userAgent)
  const name = facebook ?? appName(userAgent)
  if (name === null || NO_APPS.test(name)) return null
  const facebookOnAndroid = /;FBSV\/\d/.test(userAgent) && !/FBSN\/(?:iOS|iPhone|iPad)/.test(userAgent)
  const android = facebookOnAndroid || /\bAndroid\b|\bandroid[/ ]\d/.test(userAgent)
  if (android) {
    const [, number] = /(?<![-\w])android(?: ?OS)?[/ ;:]{1,2}(?:API[ -]?|SDK[ -]?)?v?(\d{1,3})\b/i.exec(userAgent) ??
      /;FBSV\/ ?(\d{1,3})/.exec(userAgent) ?? []
    return {
      deviceName: `${name} (Android app)`,
      os: { name: 'Android', version: number === undefined ? null : androidVersion(number) }
    }
  }
  const apple = appleSystem(userAgent)
  if (apple !== null) {
    const [, number] =
      /(?<![-\w])(?:iOS|iPadOS|iPhone[ _]OS|CPU OS|mac ?OS(?: X)?|tvOS|watchOS|visionOS|FBSV)(?: Version)?[ /]+(\d{1,3})(?![\d])/i
        .exec(userAgent) ?? []
    return {
      deviceName: `${name} (${apple.kind})`,
      os: {
        name: apple.name,
        version: number === undefined || (apple.name === 'macOS' && Number(number) < 11) ? null : number
      }
    }
  }
  const desktop = /\bWindows\b/.test(userAgent) ? 'Windows' : /[(;] ?Linux\b/.test(userAgent) ? 'Linux' : null
  return desktop === null ? null : { deviceName: `${name} (${desktop} app)`, os: { name: desktop, version: null } }
}

/** `Acme/1.0`: an app that says its name alone. */
export function namedApp (userAgent: string): App | null {
  const name = appName(userAgent)
  return name === null || NO_APPS.test(name) ? null : { deviceName: name, os: null }
}

const NO_APPS =
  /^(?:Mozilla|Opera|Dalvik|Roku|AppleTV|UCWEB|Nokia|SonyEricsson|SAMSUNG|LG|MOT|DoCoMo|KDDI|SoftBank|J-PHONE|Vodafone|BlackBerry|HbbTV)/i

function appName (userAgent: string): string | null {
  const written = /^([^/()[\]]{1,80})\/v?\d/.exec(userAgent)?.[1] ??
    /^([A-Za-z][^/()[\]]{1,60}?)(?:\/\S{1,30})? \((?=[^)]*(?:iOS|iPhone|iPad|Android|macOS|Windows|tvOS|watchOS))/.exec(
      userAgent
    )?.[1]
  return written === undefined
    ? null
    : readableName(decoded(written).replace(/[ -]v?\d+\.[\d.]*$/, '').replace(SYSTEM_BEHIND, ''))
}

function decoded (text: string): string {
  try {
    return decodeURIComponent(text)
  } catch { // a stray percent sign
    return text
  }
}
