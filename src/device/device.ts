/**
 * What a request's headers tell about the device that sent it: never more than is true, never blank. The only user of
 * ua-parser-js.
 */
import UAParser from 'ua-parser-js'
import { browserOf } from './browsers.ts'
import { readClientHints, type ClientHints } from './client-hints.ts'
import type { Device, Parsed } from './device-facts.ts'
import { hardwareOf } from './hardware.ts'
import { inApp } from './in-app.ts'
import { androidType, isWebView, kindOf, kindOfSystem, TELEVISION } from './kinds.ts'
import { nameOf } from './names.ts'
import { recogniseProgram } from './programs.ts'
import { systemName, systemVersion } from './systems.ts'
import { userAgentText } from './text.ts'
import type { NamedVersion } from '../protocol.ts'

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
