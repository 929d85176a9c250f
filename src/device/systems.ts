/** Operating systems, by the names people know, and their versions where a browser tells the truth about them. */
import { androidVersion } from './apps.ts'
import { capital, major } from './browsers.ts'
import { productText } from './text.ts'
import type { ClientHints } from './client-hints.ts'

const NAMES: Readonly<Record<string, string>> = {
  'Mac OS': 'macOS',
  'Chromium OS': 'ChromeOS',
  'Chrome OS': 'ChromeOS',
  GNU: 'Linux',
  linux: 'Linux',
  'Android-x86': 'Android',
  Symbian: 'Symbian',
  'Windows Mobile': 'Windows Phone'
}

export const DESKTOPS: ReadonlySet<string> = new Set([
  'Windows',
  'macOS',
  'ChromeOS',
  'Linux',
  'Ubuntu',
  'Kubuntu',
  'Xubuntu',
  'Debian',
  'Fedora',
  'Mint',
  'Linux Mint',
  'Arch',
  'Manjaro',
  'SUSE',
  'OpenSUSE',
  'Gentoo',
  'Slackware',
  'RedHat',
  'Red Hat',
  'Mandriva',
  'Mageia',
  'elementary OS',
  'Zorin',
  'CentOS',
  'Deepin',
  'Raspbian',
  'FreeBSD',
  'OpenBSD',
  'NetBSD',
  'DragonFly',
  'Solaris',
  'SunOS',
  'AIX',
  'HP-UX',
  'BeOS',
  'Haiku',
  'OS/2',
  'AmigaOS',
  'UNIX',
  'Unix'
])

export interface ParsedSystem {
  name: string | undefined
  version: string | undefined
}

export function systemName (
  userAgent: string,
  { name, version }: ParsedSystem,
  model: string | undefined
): string | null {
  if (/\bwatch ?OS\b/i.test(userAgent)) return 'watchOS'
  if (model === 'Apple TV' || /\btvOS\b/.test(userAgent)) return 'tvOS'
  if (name === 'iOS' && model === 'iPad') return Number.parseInt(version ?? '99') < 13 ? 'iOS' : 'iPadOS'
  if (isDesktopPageOnIPad(userAgent)) return 'iPadOS'
  if (name === undefined) return unnamedSystem(userAgent)
  return productText(NAMES[name] ?? capital(name))
}

/** Words that the parser passes over. */
function unnamedSystem (userAgent: string): string | null {
  if (/\bWin(?:dows|NT|9[58x]|32|64)?\b/.test(userAgent)) return 'Windows'
  if (/\biOS\b/.test(userAgent)) return 'iOS'
  if (/\bMacintosh\b|\bMac_PowerPC\b|\bMac OS\b/.test(userAgent)) return 'macOS'
  return /\bX11\b|\bLinux\b/i.test(userAgent) ? 'Linux' : null
}

/** Safari hides an iPad behind a Mac's words; other browsers there still say that they are made for iOS. */
export function isDesktopPageOnIPad (userAgent: string): boolean {
  return /\(Macintosh;/.test(userAgent) &&
    /\b(?:CriOS|FxiOS|EdgiOS|OPT|DuckDuckGo|Ddg)\/.*Mobile\/|\b(?:CriOS|FxiOS|EdgiOS)\//.test(userAgent)
}

export function systemVersion (
  system: string,
  userAgent: string,
  version: string | undefined,
  hints: ClientHints | null
): string | null {
  const hinted = hints?.platformVersion ?? null
  switch (system) {
    case 'Windows': return hinted === null ? oldWindows(userAgent, version) : hintedWindows(hinted)
    case 'macOS': return modernMac(hinted ?? version)
    case 'Android': return major(hinted) ?? writtenAndroid(userAgent, version)
    case 'iOS': case 'iPadOS': return appleMobile(userAgent, version)
    // Their numbers are the kernel's, frozen, or say nothing to people.
    case 'ChromeOS': case 'Linux': return null
    default: return major(version)
  }
}

function writtenAndroid (userAgent: string, version: string | undefined): string | null {
  const number = major(version)
  return number === null || Number(number) === 0 || /Android 10; K\)/.test(userAgent) ? null : androidVersion(number)
}

/** Windows 10 and 11 both say "Windows NT 10.0"; older ones tell the truth, some in words. */
function oldWindows (userAgent: string, version: string | undefined): string | null {
  const written = version ?? /\bWindows (98|ME|2000|XP|Vista)\b/.exec(userAgent)?.[1]
  return written !== undefined && /^(?:95|98|ME|NT 4\.0|2000|XP|Vista|7|8|8\.1)$/.test(written) ? written : null
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

/** They ask the system themselves. */
const TELL_APPLES_VERSION = /\b(?:CriOS|EdgiOS|GSA)\//

/**
 * From version 26 on, the system says 18_6 or 18_7 for ever; Safari's version, the same number as the system's, tells
 * the truth, and so do Chrome, Edge and Google's app.
 */
function appleMobile (userAgent: string, version: string | undefined): string | null {
  const safari = Number(/\bVersion\/(\d{1,3})/.exec(userAgent)?.[1] ?? 0)
  if (safari >= 26) return String(safari)
  if (/\(Macintosh;/.test(userAgent)) return safari >= 13 ? String(safari) : null
  const frozen = safari === 0 && /^18\.[67]/.test(version ?? '') && !TELL_APPLES_VERSION.test(userAgent)
  return frozen ? null : major(version)
}
