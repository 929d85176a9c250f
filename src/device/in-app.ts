/** Apps that show web pages inside themselves: named behind the engine that they do it with. */
import type { NamedVersion } from '../protocol.ts'
import { facebookApp, readableName, SYSTEM_BEHIND } from './app-names.ts'

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
