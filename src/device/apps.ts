/** Apps: by the name that they give themselves, alone or behind the browser engine that they show pages with. */
import { productText } from './text.ts'
import type { NamedVersion } from '../protocol.ts'

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

/** Package names whose last part is not what people call the app. */
const PACKAGES: Readonly<Record<string, string>> = {
  'com.google.android.youtube': 'YouTube',
  'com.google.android.apps.youtube.music': 'YouTube Music',
  'com.google.android.googlequicksearchbox': 'Google app',
  'com.google.android.apps.searchlite': 'Google Go',
  'com.google.android.gm': 'Gmail',
  'com.google.android.gms': 'Google Play services',
  'com.google.android.apps.magazines': 'Google News',
  'com.android.vending': 'Google Play',
  'com.facebook.katana': 'Facebook',
  'com.facebook.orca': 'Messenger',
  'com.zhiliaoapp.musically': 'TikTok',
  'com.ss.android.ugc.trill': 'TikTok',
  'com.tencent.mm': 'WeChat'
}

/** What the makers of an app for several systems put behind its name. */
const SYSTEM_BEHIND = /[-_](?:android|ios|iphone|app|mobile|webview)$/i

/** Parts of a package's name that are no names. */
const NO_NAMES =
  /^(?:com|org|net|io|co|app|apps|android|ios|iphone|ipad|ipa|mobile|client|free|lite|pro|prod|production|release|debug|beta|main|www|de|uk|us|in|ru|jp|fr)$/i

/** "Youtube" of `com.google.android.youtube`; other names as they are. */
export function readableName (name: string): string | null {
  const text = name.trim()
  if (!/^[a-z][\w-]*(?:\.[\w-]+){2,}$/i.test(text) && !/^(?:com|org|net|io|de|app)\.[\w-]+$/.test(text)) {
    return productText(text)
  }
  const key = text.toLowerCase()
  const known = Object.keys(PACKAGES).find((start) => key === start)
  if (known !== undefined) return PACKAGES[known] ?? null
  const parts = text.split('.').filter((part) => !NO_NAMES.test(part))
  const last = (parts.at(-1) ?? text).replace(/[_-]+/g, ' ')
  return productText(last.charAt(0).toUpperCase() + last.slice(1))
}

/** Facebook's apps put a list of keys and values in brackets. */
const FACEBOOK: ReadonlyArray<readonly [RegExp, string]> = [
  [/messenger|orca/i, 'Messenger'],
  [/instagram|barcelona/i, 'Instagram'],
  [/whatsapp/i, 'WhatsApp'],
  [/pages|business/i, 'Meta Business Suite'],
  [/FB|katana/i, 'Facebook']
]

function facebookApp (userAgent: string): string | null {
  const app = /\b(?:FBAN|FB_IAB|FBPN)\/([\w.]{1,60})/.exec(userAgent)?.[1]
  return app === undefined ? null : FACEBOOK.find(([pattern]) => pattern.test(app))?.[1] ?? null
}

/** Apps whose token is not their name, or does not stand last. */
const IN_APP: ReadonlyArray<readonly [RegExp, string]> = [
  [/\bInstagram[ /](\d+)?/, 'Instagram'],
  [/\bBarcelona[ /](\d+)?/, 'Threads'],
  [/\bQQ\/(\d+)/, 'QQ'],
  [/\b(?:musical_ly|trill|BytedanceWebview|TikTok)[_/ ](\d+)?/, 'TikTok'],
  [/\bMicroMessenger\/(\d+)?/, 'WeChat'],
  [/\bLine\/(\d+)?/, 'LINE'],
  [/\bKAKAOTALK[ /](\d+)?/i, 'KakaoTalk'],
  [/\bNAVER\(inapp;.{1,40}?; (\d+)?/, 'Naver'],
  [/\bLinkedInApp\b(?:\/(\d+))?/, 'LinkedIn'],
  [/\bTwitter for (?:iPhone|iPad|Android)(?:\/(\d+))?/, 'X (Twitter)'],
  [/\bTwitterAndroid\b(?:\/(\d+))?/, 'X (Twitter)'],
  [/\bPinterest(?: for (?:iOS|Android))?\/(\d+)?/, 'Pinterest'],
  [/\bSnapchat\/(\d+)?/, 'Snapchat'],
  [/\bWhatsApp\/(\d+)?/, 'WhatsApp'],
  [/\b(?:YJApp|jp\.co\.yahoo)\S*(?:\/(\d+))?/, 'Yahoo! Japan'],
  [/\bAlipayClient\/(\d+)?/, 'Alipay'],
  [/\bDingTalk\/(\d+)?/, 'DingTalk'],
  [/\bWeibo\b.{0,30}?(\d+)?/, 'Weibo'],
  [/\bbaiduboxapp\/(\d+)?/, 'Baidu'],
  [/\bGSA\/(\d+)?/, 'Google app'],
  [/\bKlarna\/(\d+)?/i, 'Klarna'],
  [/\bRobloxApp\/(\d+)?/, 'Roblox'],
  [/\bReddit\/(?:Version )?(\d+)?/i, 'Reddit'],
  [/\bTeams(?:Mobile)?-?(?:Android|iOS)?\/(\d+)?/, 'Microsoft Teams'],
  [/\bAppleNews\/(\d+)?/, 'Apple News'],
  [/\bUnityPlayer\/(\d+)?/, 'Unity app'],
  [/\bThunderbird\/(\d+)?/, 'Thunderbird']
]

/** Tokens of engines, browsers and systems, and those that say how an app's page is shown. */
const NOT_AN_APP =
  /^(?:mozilla|applewebkit|chrome|chromium|safari|mobile|version|gecko|like|khtml|build|cpu|os|android|linux|iphone|ipad|release|nettype|language|abi|tbs|mqqbrowser|mmwebsdk|mmwebid|mmpagetransition|process|webview|webviewversion|wkwebview|dalvik|cfnetwork|darwin|okhttp|cordova|capacitor|cronet|ios|api|tablet|phone|screen|theme|skin|region|locale|lang|platform|device|model|density|scale|channel|network|appversion|app_version|wv|xweb|ucbs|u|powerby|aid|ua|http|https|fbios|fban|bytelocale|bytefulllocale|jssdk|webkit|mobilesafari|crios|fxios|edgios|opios|opt|vivaldi|edg|edga|opr|silk|samsungbrowser|firefox|focus|klar|duckduckgo|ddg|brave|yabrowser|ucbrowser|miuibrowser|huaweibrowser|heytapbrowser|vivobrowser|honorbrowser|phoenix|puffin|whale|ecosia|avastsecurebrowser|avg|alohabrowser|quark|oculusbrowser|coast|\w*browser\w*|search|sa|bropp|yasearchbrowser|yaapp_android|yaapp_ios|mobile safari|ubrowser|iabmv|fb_iab)$/i

/**
 * The app that shows this page inside itself, with its version, or null. `embedded`: the page is shown by an app, known
 * or not.
 */
export function inApp (userAgent: string, embedded: boolean): NamedVersion | null {
  const facebook = facebookApp(userAgent)
  if (facebook !== null) return { name: facebook, version: /FBAV\/ ?(\d{1,5})/.exec(userAgent)?.[1] ?? null }
  for (const [pattern, name] of IN_APP) {
    const found = pattern.exec(userAgent)
    if (found !== null) return { name, version: /^\d{1,5}$/.test(found[1] ?? '') ? found[1] ?? null : null }
  }
  if (!embedded) return null
  return lastToken(userAgent)
}

/** `Home Assistant/2023.12`: words with a capital before a slash belong to the name. */
function lastToken (userAgent: string): NamedVersion | null {
  const after = userAgent.replace(/^Mozilla\/\S+ \([^)]*\)/, '').replace(/\([^)]*\)/g, ' ')
  let found: NamedVersion | null = null
  let before: string[] = []
  for (const word of after.split(/[\s;,[\]]+/)) {
    const [, token = '', version] = /^([A-Za-z][\w.!+-]{0,50})\/v?(?:(\d{1,5})(?![\d]))?/.exec(word) ?? []
    if (token === '') {
      before = /^[A-Z][\w!+-]*$/.test(word) && !NOT_AN_APP.test(word) ? [...before, word].slice(-2) : []
      continue
    }
    const name = NOT_AN_APP.test(token) ? null : readableName([...before, token.replace(SYSTEM_BEHIND, '')].join(' '))
    if (name !== null && name.length > 1) found = { name, version: version ?? null }
    before = []
  }
  return found
}
