/** Which kind of device it is, and whether an app shows the page inside itself. */
import type { DeviceType } from '../protocol.ts'
import { DESKTOPS, isDesktopPageOnIPad } from './systems.ts'

export const TELEVISION =
  /smart-?tv|web0s|hbbtv|netcast|appletv|apple tv|googletv|google tv|android tv|crkey|\broku|\bbravia\b|\bviera\b|\bAFT[A-Z]|\btv\b/i
const WATCH = /\bwatch ?os\b/i

export function kindOf (userAgent: string, type: string | undefined): DeviceType | null {
  if (isDesktopPageOnIPad(userAgent)) return 'tablet'
  if (type === 'console' || type === 'wearable' || type === 'tablet') return type
  if (WATCH.test(userAgent)) return 'wearable'
  if (type === 'smarttv' || TELEVISION.test(userAgent)) return 'tv'
  return type === 'mobile' ? type : null
}

export function kindOfSystem (system: string | null, mobile: boolean | null): DeviceType {
  if (system === null) return 'unknown'
  if (DESKTOPS.has(system)) return 'desktop'
  if (system === 'iPadOS') return 'tablet'
  if (system === 'Android' || system === 'iOS') return mobile === false ? 'tablet' : 'mobile'
  return /Phone|Symbian|Firefox OS|KAIOS|KaiOS|BlackBerry|HarmonyOS|Bada|Sailfish|MeeGo|RIM|Series40/i.test(system)
    ? 'mobile'
    : 'unknown'
}

export function androidType (type: DeviceType, mobile: boolean | null): DeviceType {
  return mobile === null ? type : mobile ? 'mobile' : 'tablet'
}

/** `Mozilla/5.0 (Android) Acme/3.2`: a browser's first word, and no browser's other ones. */
const NO_ENGINE =
  /^Mozilla\/5\.0 \((?:Android|iOS|iPhone|iPad)[^)]*\) (?!.*(?:AppleWebKit|Gecko|Trident|Presto|Chrome|Opera))[A-Z]/

/** An app that shows web pages inside itself: Android marks it with `wv`, on iOS the word Safari is missing. */
export function isWebView (userAgent: string): boolean {
  if (/^Dalvik\//.test(userAgent) || /; wv\)/.test(userAgent) || NO_ENGINE.test(userAgent)) return true
  return /\((?:iPhone|iPad|iPod)/.test(userAgent) && /AppleWebKit\//.test(userAgent) &&
    /Mobile\/\w{1,12}\b/.test(userAgent) && !/ (?:Mobile)?Safari\/|OPiOS\/|OPT\//.test(userAgent)
}
