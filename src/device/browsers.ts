/**
 * Browsers that ua-parser-js takes for another, by a token of their own; and the names that people know the others by.
 */
import { productText } from './text.ts'
import type { NamedVersion } from '../protocol.ts'

/** Most dress up as Chrome or Safari and add a word. The version is theirs where they tell it. */
const TOKENS: ReadonlyArray<readonly [RegExp, string]> = [
  [/\bBrave(?: Browser| Chrome)?\/(\d+)?/, 'Brave'],
  [/\bEcosia \w+@(\d+)/, 'Ecosia'],
  [/\bEcosia\b/i, 'Ecosia'],
  [/\bAvast(?:SecureBrowser)?\/(\d+)?/, 'Avast Secure Browser'],
  [/\bAVG(?:SecureBrowser)?\/(\d+)?/, 'AVG Secure Browser'],
  [/\bNorton(?:PrivateBrowser)?\/(\d+)/, 'Norton Private Browser'],
  [/\bCCleaner(?:Browser)?\/(\d+)/, 'CCleaner Browser'],
  [/\bAloha(?:Browser|Lite)?\/(\d+)?/i, 'Aloha'],
  [/\b(?:DuckDuckGo|Ddg)\/(\d+)/, 'DuckDuckGo'],
  [/\bVivaldi\/(\d+)/, 'Vivaldi'],
  [/\bWhale\/(\d+)/, 'Whale'],
  [/\bOPX\/(\d+)/, 'Opera GX'],
  [/\bOPRGX\/(\d+)/, 'Opera GX'],
  [/\bOPT\/(\d+)/, 'Opera'],
  [/\bOPiOS\/(\d+)/, 'Opera'],
  [/\b(?:YaBrowser|YaSearchBrowser)\/(\d+)/, 'Yandex'],
  [/\bHuaweiBrowser\/(\d+)/, 'Huawei Browser'],
  [/\bHeyTapBrowser\/(\d+)/, 'HeyTap Browser'],
  [/\bVivoBrowser\/(\d+)/i, 'vivo Browser'],
  [/\b(?:XiaoMi\/)?MiuiBrowser\/(\d+)/i, 'MIUI Browser'],
  [/\bQuark\/(\d+)/, 'Quark'],
  [/\bPhoenix\/(\d+)/, 'Phoenix Browser'],
  [/\bOculusBrowser\/(\d+)/, 'Oculus Browser'],
  [/\bPaleMoon\/(\d+)/, 'Pale Moon'],
  [/\bWaterfox\/(\d+)/, 'Waterfox'],
  [/\bFloorp\/(\d+)/, 'Floorp'],
  [/\bLibreWolf\/(\d+)/, 'LibreWolf'],
  [/\bcoc_coc_browser\/(\d+)/, 'Cốc Cốc'],
  [/\bSeamonkey\/(\d+)/i, 'SeaMonkey'],
  [/\b(?:QQBrowser|MQQBrowser)\/(\d+)/, 'QQ Browser'],
  [/\b(?:Focus|Klar)\/(\d+)/, 'Firefox Focus']
]

/**
 * ua-parser-js's names, where people know others. Null: an engine, no browser; what is left when an app shows web
 * pages.
 */
const NAMES: Readonly<Record<string, string | null>> = {
  'Mobile Safari': 'Safari',
  'Mobile Chrome': 'Chrome',
  'Mobile Firefox': 'Firefox',
  'Chrome Mobile': 'Chrome',
  IE: 'Internet Explorer',
  IEMobile: 'Internet Explorer',
  'Opera Mobi': 'Opera',
  'Opera Touch': 'Opera',
  'Opera Tablet': 'Opera',
  'Android Browser': 'Android Browser',
  GSA: 'Google app',
  UCBrowser: 'UC Browser',
  QQBrowser: 'QQ Browser',
  'MIUI Browser': 'MIUI Browser',
  baidu: 'Baidu',
  BIDUBrowser: 'Baidu',
  iron: 'Iron',
  iCab: 'iCab',
  konqueror: 'Konqueror',
  WebKit: null,
  'Chrome WebView': null,
  Mozilla: null
}

/** `parsed`: what ua-parser-js says. */
export function browserOf (
  userAgent: string,
  parsed: { name: string | undefined, version: string | undefined }
): NamedVersion | null {
  for (const [pattern, name] of TOKENS) {
    const found = pattern.exec(userAgent)
    if (found !== null) return { name, version: major(found[1]) ?? major(/\bChrome\/(\d{1,5})/.exec(userAgent)?.[1]) }
  }
  if (parsed.name === undefined) return null
  const chrome = major(/\bChrome\/(\d{1,5})/.exec(userAgent)?.[1])
  if (parsed.name === 'Android Browser' && chrome !== null) return { name: 'Chrome', version: chrome }
  const shown = productText(Object.hasOwn(NAMES, parsed.name) ? NAMES[parsed.name] : capital(parsed.name))
  return shown === null ? null : { name: shown, version: major(parsed.version) }
}

/** Names in small letters are the parser's, not their makers'. */
export function capital (name: string): string {
  return /^[a-z][a-z]/.test(name) &&
      !/^(?:webOS|watchOS|tvOS|iOS|iPadOS|macOS|visionOS|vivo|realme|webOSTV|moto)/.test(name)
    ? name.charAt(0).toUpperCase() + name.slice(1)
    : name
}

export function major (version: string | null | undefined): string | null {
  return /^\d{1,5}(?![^.])/.exec(version ?? '')?.[0] ?? null
}
