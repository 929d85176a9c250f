/** What a request's headers tell about the device that sent it: never more than is true, never blank. The only user of ua-parser-js. */
import UAParser from 'ua-parser-js'
import { readClientHints, type ClientHints } from './client-hints.ts'
import { recogniseProgram } from './programs.ts'
import { productText, userAgentText } from './text.ts'
import type { DeviceType, NamedVersion } from '../protocol.ts'

export { ACCEPT_CLIENT_HINTS } from './client-hints.ts'
export { cleanDeviceName } from './text.ts'

export interface Device {
  deviceName: string
  deviceType: DeviceType
  /** Null for apps, command lines and bots. */
  browser: NamedVersion | null
  os: NamedVersion | null
  deviceVendor: string | null
  deviceModel: string | null
  /** The header, without control characters, 512 characters at most. */
  userAgent: string
}

const UNKNOWN = 'Unknown device'

/**
 * Describes the device behind a request from its `User-Agent` and client hints. Never throws. Versions are major ones.
 * Tokens that browsers froze ("Windows NT 10.0", "Android 10; K", "Mac OS X 10_15_7") are no facts and give no version.
 * An iPad that asks for desktop pages says that it is a Mac, and nothing in a request tells otherwise.
 */
export function describeDevice (headers: Record<string, string | string[] | undefined>): Device {
  const userAgent = userAgentText(headers['user-agent'])
  const program = recogniseProgram(userAgent)
  // An empty text would make the parser look for a browser's global of its own.
  const parsed = parse(userAgent === '' ? '-' : userAgent, program === null ? readClientHints(headers) : null)
  if (program !== null) {
    return { ...program, os: program.os ?? parsed.os, browser: null, deviceVendor: null, deviceModel: null, userAgent }
  }
  return { ...parsed, deviceName: nameOf(parsed), userAgent }
}

type Parsed = Omit<Device, 'deviceName' | 'userAgent'>

function parse (userAgent: string, hints: ClientHints | null): Parsed {
  const ua = new UAParser(userAgent).getResult()
  const kind = kindOf(userAgent, ua.device.type)
  const appliance = kind === 'tv' || kind === 'console' || kind === 'wearable'
  const ownSystem = WATCH.test(userAgent) ? 'watchOS' : systemName(ua.os.name, ua.device.model, ua.os.version)
  // A hint that contradicts the User-Agent makes what that says about the hardware worthless, but televisions call themselves Android.
  const system = appliance ? ownSystem : hints?.platform ?? ownSystem
  const contradicted = system !== ownSystem
  const browser = hints?.browser ?? browserOf(userAgent, ua.browser)
  const deviceType = contradicted || kind === null ? kindOfSystem(system, hints?.mobile ?? null) : kind
  return {
    browser,
    os: system === null ? null : { name: system, version: systemVersion(system, userAgent, contradicted ? undefined : ua.os.version, appliance ? null : hints) },
    deviceType: isWebView(userAgent) ? 'app' : system === 'Android' && !appliance ? androidType(deviceType, hints?.mobile ?? null) : deviceType,
    deviceVendor: contradicted ? null : vendorOf(ua.device.vendor, system, kind),
    deviceModel: hints?.model ?? (contradicted ? null : modelOf(ua.device, kind))
  }
}

// Kinds

const TELEVISION = /smart-?tv|web0s|hbbtv|netcast|appletv|apple tv|googletv|android tv|crkey|\broku|\bbravia\b|\bviera\b|\bAFT[A-Z]|\btv\b/i
const WATCH = /\bwatch ?os\b/i

function kindOf (userAgent: string, type: string | undefined): DeviceType | null {
  if (type === 'console' || type === 'wearable' || type === 'tablet') return type
  if (WATCH.test(userAgent)) return 'wearable'
  if (type === 'smarttv' || TELEVISION.test(userAgent)) return 'tv'
  return type === 'mobile' ? type : null
}

const DESKTOPS = new Set(['Windows', 'macOS', 'ChromeOS', 'Linux', 'Ubuntu', 'Debian', 'Fedora', 'Mint', 'Arch', 'SUSE', 'Gentoo', 'CentOS', 'FreeBSD', 'OpenBSD', 'NetBSD'])

function kindOfSystem (system: string | null, mobile: boolean | null): DeviceType {
  if (system === null) return 'unknown'
  if (DESKTOPS.has(system)) return 'desktop'
  if (system === 'iPadOS') return 'tablet'
  return system === 'Android' || system === 'iOS' ? mobile === false ? 'tablet' : 'mobile' : 'unknown'
}

function androidType (type: DeviceType, mobile: boolean | null): DeviceType {
  return mobile === null ? type : mobile ? 'mobile' : 'tablet'
}

/** An app that shows web pages inside itself: Android marks it with `wv`, on iOS the word Safari is missing. */
function isWebView (userAgent: string): boolean {
  if (/^Dalvik\//.test(userAgent) || /; wv\)/.test(userAgent)) return true
  return /\((?:iPhone|iPad|iPod)/.test(userAgent) && /Mobile\/\w{1,12}$/.test(userAgent)
}

// Systems

const SYSTEMS: Readonly<Record<string, string>> = { 'Mac OS': 'macOS', 'Chromium OS': 'ChromeOS', 'Chrome OS': 'ChromeOS', GNU: 'Linux', Nintendo: 'Nintendo' }

function systemName (name: string | undefined, model: string | undefined, version: string | undefined): string | null {
  if (model === 'Apple TV') return 'tvOS'
  if (name === 'iOS' && model === 'iPad') return Number.parseInt(version ?? '99') < 13 ? 'iOS' : 'iPadOS'
  return productText(name === undefined ? name : SYSTEMS[name] ?? name)
}

function systemVersion (system: string, userAgent: string, version: string | undefined, hints: ClientHints | null): string | null {
  const hinted = hints?.platformVersion ?? null
  switch (system) {
    case 'Windows': return hinted === null ? oldWindows(version) : hintedWindows(hinted)
    case 'macOS': return modernMac(hinted ?? version)
    case 'Android': return major(hinted) ?? (/Android 10; K\)/.test(userAgent) ? null : major(version))
    case 'iOS': case 'iPadOS': return appleMobile(userAgent, version)
    // Their numbers are the kernel's, frozen, or say nothing to people.
    case 'ChromeOS': case 'Linux': return null
    default: return major(version)
  }
}

/** Windows 10 and 11 both say "Windows NT 10.0"; older ones tell the truth. */
function oldWindows (version: string | undefined): string | null {
  return version !== undefined && /^(?:XP|Vista|7|8|8\.1)$/.test(version) ? version : null
}

function hintedWindows (version: string): string | null {
  const [first = 0, second = 0] = version.split('.').map(Number)
  if (first >= 13) return '11'
  if (first >= 1) return '10'
  return { 1: '7', 2: '8', 3: '8.1' }[second] ?? null
}

/** Every newer Mac says 10_15_7, and "10" says nothing about an older one. */
function modernMac (version: string | null | undefined): string | null {
  const number = major(version)
  return number !== null && Number(number) >= 11 ? number : null
}

/** From version 26 on, the system says 18_6 or 18_7 for ever; Safari's version, the same number as the system's, tells the truth. */
function appleMobile (userAgent: string, version: string | undefined): string | null {
  const safari = Number(/\bVersion\/(\d{1,3})/.exec(userAgent)?.[1] ?? 0)
  if (safari >= 26) return String(safari)
  return safari === 0 && /^18\.[67]/.test(version ?? '') ? null : major(version)
}

function major (version: string | null | undefined): string | null {
  return /^\d{1,5}(?![^.])/.exec(version ?? '')?.[0] ?? null
}

// Browsers and hardware

const BROWSERS: Readonly<Record<string, string | null>> = {
  'Mobile Safari': 'Safari',
  'Mobile Chrome': 'Chrome',
  'Mobile Firefox': 'Firefox',
  IE: 'Internet Explorer',
  IEMobile: 'Internet Explorer',
  'Opera Mobi': 'Opera',
  'Opera Touch': 'Opera',
  GSA: 'Google app',
  UCBrowser: 'UC Browser',
  // Engines, not browsers: what is left when an app shows web pages.
  WebKit: null,
  'Chrome WebView': null,
  Mozilla: null
}

function browserOf (userAgent: string, { name, version }: { name: string | undefined, version: string | undefined }): NamedVersion | null {
  if (name === undefined || (name === 'Safari' && TELEVISION.test(userAgent))) return null
  const known = Object.hasOwn(BROWSERS, name) ? BROWSERS[name] : name
  const shown = productText(known)
  return shown === null ? null : { name: shown, version: major(version) }
}

function vendorOf (vendor: string | undefined, system: string | null, kind: DeviceType | null): string | null {
  if (kind === 'tv' && vendor === undefined && system === 'Tizen') return 'Samsung'
  return productText(vendor === 'Facebook' ? 'Meta' : vendor)
}

/** "K" is Chrome's stand-in for every Android model, "Macintosh" may be an iPad, and of a Fire TV only fragments are left. */
function modelOf ({ vendor, model }: { vendor: string | undefined, model: string | undefined }, kind: DeviceType | null): string | null {
  if (model === 'K' || model === 'Macintosh' || (kind === 'tv' && (vendor === 'Amazon' || vendor === 'Roku' || model === 'webOSTV'))) return null
  return productText(model)
}

// Names

function nameOf ({ browser, os, deviceType, deviceVendor, deviceModel }: Parsed): string {
  if (deviceType === 'tv') return deviceModel === null ? televisionName(deviceVendor) : modelName(deviceVendor, deviceModel)
  if (deviceType === 'console' || deviceType === 'wearable') return hardwareName(deviceVendor, deviceModel, os) ?? (deviceType === 'console' ? 'Game console' : 'Watch or headset')
  const place = deviceModel !== null ? modelName(deviceVendor, deviceModel) : os === null ? null : os.name === 'macOS' ? 'Mac' : os.name
  if (deviceType === 'app') return `${browser?.name ?? 'App'} on ${place ?? 'an unknown device'}`
  if (browser !== null) return place === null ? browser.name : `${browser.name} on ${place}`
  return place === null ? UNKNOWN : deviceModel !== null ? place : `${place} device`
}

function televisionName (vendor: string | null): string {
  return vendor === 'Amazon' ? 'Fire TV' : vendor === 'Roku' ? vendor : vendor === null ? 'TV' : `${vendor} TV`
}

function hardwareName (vendor: string | null, model: string | null, os: NamedVersion | null): string | null {
  if (model !== null) return modelName(vendor, model)
  return os?.name === 'watchOS' ? 'Apple Watch' : vendor ?? os?.name ?? null
}

/** "Samsung SM-S918B", but "iPhone" and "PlayStation 5": some models are known without their maker. */
function modelName (vendor: string | null, model: string): string {
  if (model === 'watch' && vendor === 'Apple') return 'Apple Watch'
  const wellKnown = vendor === null || ['Apple', 'Google', 'Microsoft'].includes(vendor) || model.startsWith('PlayStation') || model.toLowerCase().startsWith(vendor.toLowerCase())
  return wellKnown ? model : `${vendor} ${model}`
}
