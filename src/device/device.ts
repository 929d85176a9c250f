/**
 * What a request's headers tell about the device that sent it: never more than is true, never blank. The only user of
 * ua-parser-js.
 */
import UAParser from 'ua-parser-js'
import { browserOf, capital } from './browsers.ts'
import { readClientHints, type ClientHints } from './client-hints.ts'
import type { Device, Parsed } from './device-facts.ts'
import { inApp } from './in-app.ts'
import { marketingName } from './models.ts'
import { nameOf } from './names.ts'
import { recogniseProgram } from './programs.ts'
import { DESKTOPS, isDesktopPageOnIPad, systemName, systemVersion } from './systems.ts'
import { productText, userAgentText } from './text.ts'
import type { DeviceType, NamedVersion } from '../protocol.ts'

export type { Device } from './device-facts.ts'
export { cleanDeviceName } from './text.ts'

/** What a page knows that no header tells. */
export interface PageHints {
  /** Whether the screen takes touches (`navigator.maxTouchPoints > 1`): an iPad's Safari says that it is on a Mac. */
  touch?: boolean | null | undefined
}

/**
 * Describes the device behind a request from its `User-Agent` and client hints. Never throws. Versions are major ones.
 * Tokens that browsers froze ("Windows NT 10.0", "Android 10; K", "Mac OS X 10_15_7") are no facts and give no version.
 * Safari on an iPad says that it is on a Mac: where the page does not tell (`touch`), the name says "Mac or iPad".
 */
export function describeDevice (
  headers: Record<string, string | string[] | undefined>,
  { touch }: PageHints = {}
): Device {
  const userAgent = userAgentText(headers['user-agent'])
  const program = recogniseProgram(userAgent)
  // An empty text would make the parser look for a browser's global of its own.
  const parsed = parse(userAgent === '' ? '-' : userAgent, program === null ? readClientHints(headers) : null)
  if (program !== null) {
    return { ...program, os: program.os ?? parsed.os, browser: null, deviceVendor: null, deviceModel: null, userAgent }
  }
  const mayBeIPad = isSafariOnMac(parsed, userAgent)
  const known = mayBeIPad && touch === true ? asIPad(parsed, userAgent) : parsed
  return { ...known, deviceName: nameOf(known, mayBeIPad && typeof touch !== 'boolean'), userAgent }
}

function parse (userAgent: string, hints: ClientHints | null): Parsed {
  const ua = new UAParser(userAgent).getResult()
  const kind = kindOf(userAgent, ua.device.type)
  const appliance = kind === 'tv' || kind === 'console' || kind === 'wearable'
  const ownSystem = systemName(userAgent, ua.os, ua.device.model)
  // A hint that contradicts the User-Agent makes what that says about the hardware worthless, but televisions call
  // themselves Android.
  const system = appliance ? ownSystem : hints?.platform ?? ownSystem
  const contradicted = system !== ownSystem
  const app = inApp(userAgent, isWebView(userAgent)) ?? (isWebView(userAgent) ? hints?.app ?? null : null)
  const browser = app ?? surerOf(hints?.browser ?? null, browserWithPages(userAgent, ua.browser))
  const deviceType = contradicted || kind === null ? kindOfSystem(system, hints?.mobile ?? null) : kind
  const hardware = hardwareOf(
    userAgent,
    { ...ua.device, ...(contradicted && { vendor: undefined, model: undefined }) },
    hints,
    { system, kind }
  )
  return {
    browser,
    os: system === null
      ? null
      : {
          name: system,
          version: systemVersion(system, userAgent, contradicted ? undefined : ua.os.version, appliance ? null : hints)
        },
    deviceType: app !== null || isWebView(userAgent)
      ? appliance ? deviceType : 'app'
      : system === 'Android' && !appliance
        ? androidType(deviceType, hints?.mobile ?? null)
        : deviceType,
    ...hardware
  }
}

// Kinds

const TELEVISION =
  /smart-?tv|web0s|hbbtv|netcast|appletv|apple tv|googletv|google tv|android tv|crkey|\broku|\bbravia\b|\bviera\b|\bAFT[A-Z]|\btv\b/i
const WATCH = /\bwatch ?os\b/i

function kindOf (userAgent: string, type: string | undefined): DeviceType | null {
  if (isDesktopPageOnIPad(userAgent)) return 'tablet'
  if (type === 'console' || type === 'wearable' || type === 'tablet') return type
  if (WATCH.test(userAgent)) return 'wearable'
  if (type === 'smarttv' || TELEVISION.test(userAgent)) return 'tv'
  return type === 'mobile' ? type : null
}

function kindOfSystem (system: string | null, mobile: boolean | null): DeviceType {
  if (system === null) return 'unknown'
  if (DESKTOPS.has(system)) return 'desktop'
  if (system === 'iPadOS') return 'tablet'
  if (system === 'Android' || system === 'iOS') return mobile === false ? 'tablet' : 'mobile'
  return /Phone|Symbian|Firefox OS|KAIOS|KaiOS|BlackBerry|HarmonyOS|Bada|Sailfish|MeeGo|RIM|Series40/i.test(system)
    ? 'mobile'
    : 'unknown'
}

function androidType (type: DeviceType, mobile: boolean | null): DeviceType {
  return mobile === null ? type : mobile ? 'mobile' : 'tablet'
}

/** `Mozilla/5.0 (Android) Acme/3.2`: a browser's first word, and no browser's other ones. */
const NO_ENGINE =
  /^Mozilla\/5\.0 \((?:Android|iOS|iPhone|iPad)[^)]*\) (?!.*(?:AppleWebKit|Gecko|Trident|Presto|Chrome|Opera))[A-Z]/

/** An app that shows web pages inside itself: Android marks it with `wv`, on iOS the word Safari is missing. */
function isWebView (userAgent: string): boolean {
  if (/^Dalvik\//.test(userAgent) || /; wv\)/.test(userAgent) || NO_ENGINE.test(userAgent)) return true
  return /\((?:iPhone|iPad|iPod)/.test(userAgent) && /AppleWebKit\//.test(userAgent) &&
    /Mobile\/\w{1,12}\b/.test(userAgent) && !/ (?:Mobile)?Safari\/|OPiOS\/|OPT\//.test(userAgent)
}

/** A television's Safari is its own program. */
function browserWithPages (
  userAgent: string,
  parsed: { name: string | undefined, version: string | undefined }
): NamedVersion | null {
  return parsed.name === 'Safari' && TELEVISION.test(userAgent) ? null : browserOf(userAgent, parsed)
}

/**
 * Hints tell whom a browser dresses up as Chrome; where both name the same one, the User-Agent has its own version, not
 * Chromium's.
 */
function surerOf (hinted: NamedVersion | null, written: NamedVersion | null): NamedVersion | null {
  if (hinted === null || written === null) return hinted ?? written
  const plain = hinted.name === 'Chrome' || hinted.name === 'Chromium'
  return hinted.name === written.name || (plain && !['Chrome', 'Chromium', 'Safari'].includes(written.name))
    ? written
    : hinted
}

/** iPads ask for desktop pages since iPadOS 13, and their Safari has the system's number. */
function isSafariOnMac ({ browser, os }: Parsed, userAgent: string): boolean {
  return os?.name === 'macOS' && browser?.name === 'Safari' && Number(browser.version ?? 0) >= 13 &&
    /\(Macintosh;/.test(userAgent)
}

function asIPad (parsed: Parsed, userAgent: string): Parsed {
  return {
    ...parsed,
    os: { name: 'iPadOS', version: systemVersion('iPadOS', userAgent, undefined, null) },
    deviceType: 'tablet',
    deviceVendor: 'Apple',
    deviceModel: 'iPad'
  }
}

// Hardware

interface Hardware {
  deviceVendor: string | null
  deviceModel: string | null
}

function hardwareOf (
  userAgent: string,
  { vendor, model }: { vendor: string | undefined, model: string | undefined },
  hints: ClientHints | null,
  { system, kind }: { system: string | null, kind: DeviceType | null }
): Hardware {
  if (isDesktopPageOnIPad(userAgent)) return { deviceVendor: 'Apple', deviceModel: 'iPad' }
  const parsed = hints?.model ?? modelOf(vendor, model, kind)
  const maker = vendorOf(vendor, system, kind)
  if (system !== 'Android' || kind === 'tv') return { deviceVendor: maker, deviceModel: parsed }
  const inText = androidModel(userAgent)
  const written = parsed ?? inText
  const found = (parsed === null ? null : marketingName(parsed)) ??
    (inText === null || hints?.model != null ? null : marketingName(inText))
  if (found === null) return { deviceVendor: maker, deviceModel: written }
  return { deviceVendor: maker ?? found.vendor, deviceModel: productText(found.name) ?? written }
}

/** "Generic" is nobody. */
function vendorOf (vendor: string | undefined, system: string | null, kind: DeviceType | null): string | null {
  if (vendor === undefined) return kind === 'tv' && system === 'Tizen' ? 'Samsung' : null
  return /^(?:generic|unknown|android)/i.test(vendor)
    ? null
    : productText(vendor === 'Facebook' ? 'Meta' : capital(vendor))
}

/**
 * "K" is Chrome's stand-in for every Android model, "Macintosh" may be an iPad, and of a Fire TV only fragments are
 * left.
 */
function modelOf (vendor: string | undefined, model: string | undefined, kind: DeviceType | null): string | null {
  if (
    model === undefined || NO_MODEL.test(model) ||
    (kind === 'tv' && (vendor === 'Amazon' || vendor === 'Roku' || /^(?:webOSTV|tv)$/i.test(model)))
  ) return null
  return productText(model.replace(/^PLAYSTATION/, 'PlayStation'))
}

/** Stand-ins, and what parsers take for a model: a language ("en-US"), a version, a word of the engine. */
const NO_MODEL =
  /^(?:K|Macintosh|[a-z]{2}(?:[-_][a-z]{2,4})?|wv|U|Mobile|Tablet|TV|Android|Linux|Phone|Unknown|Generic.*|(?:Build|rv|Android|Windows|Version)\b.*)$/i

/** The model that stands before `Build/` or the end of the bracket, where the parser finds none. */
function androidModel (userAgent: string): string | null {
  const [, inside = ''] = /\((Linux;[^()]{1,200}(?:\([^()]{1,40}\)[^()]{0,100})?)\)/.exec(userAgent) ?? []
  const parts = inside.split(/; ?/).map((part) => part.replace(/ Build\/.*$/, '').trim())
  const model = parts.slice(parts.findIndex((part) => /^Android\b/.test(part)) + 1).find((part) =>
    part !== '' && !NO_MODEL.test(part) && !/^arm_?64$|^rv:/.test(part)
  )
  return productText(model)
}
