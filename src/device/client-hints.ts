/**
 * Client hints (`Sec-CH-UA…`): what Chromium browsers say about themselves beside the User-Agent, read with distrust.
 */
import { readableName } from './app-names.ts'
import { headerText, productText } from './text.ts'
import type { NamedVersion } from '../protocol.ts'

export interface ClientHints {
  /** Null where no brand is one that we know. */
  browser: NamedVersion | null
  /** The app around a web view of Android, which adds its package's name (`X-Requested-With`). */
  app: NamedVersion | null
  /** The operating system, by this library's name for it. */
  platform: string | null
  /** As sent, e.g. `15.0.0`: not a version people know. */
  platformVersion: string | null
  model: string | null
  mobile: boolean | null
}

type Headers = Record<string, string | string[] | undefined>

const MAX_BRANDS = 1_024
const MAX_VALUE = 128

/**
 * Known brands only: an unknown one is a name that anybody may have made up. The first that matches wins, so engines
 * come last.
 */
const BRANDS: ReadonlyArray<readonly [brand: string, name: string]> = [
  ['Brave', 'Brave'],
  ['Brave Browser', 'Brave'],
  ['Vivaldi', 'Vivaldi'],
  ['Opera GX', 'Opera GX'],
  ['Opera Crypto', 'Opera Crypto'],
  ['Opera Air', 'Opera'],
  ['OperaMobile', 'Opera'],
  ['Opera', 'Opera'],
  ['OperaMini', 'Opera Mini'],
  ['Opera Mini', 'Opera Mini'],
  ['OperaMiniAndroid', 'Opera Mini'],
  ['Samsung Internet', 'Samsung Internet'],
  ['SamsungBrowser', 'Samsung Internet'],
  ['YaBrowser', 'Yandex'],
  ['Yandex', 'Yandex'],
  ['YandexBrowser', 'Yandex'],
  ['Yowser', 'Yandex'],
  ['DuckDuckGo', 'DuckDuckGo'],
  ['DuckDuckGo Browser', 'DuckDuckGo'],
  ['Whale', 'Whale'],
  ['NAVER Whale', 'Whale'],
  ['Oculus Browser', 'Oculus Browser'],
  ['Meta Quest Browser', 'Oculus Browser'],
  ['Avast Secure Browser', 'Avast Secure Browser'],
  ['AvastSecureBrowser', 'Avast Secure Browser'],
  ['AVG Secure Browser', 'AVG Secure Browser'],
  ['AVGSecureBrowser', 'AVG Secure Browser'],
  ['CCleaner Browser', 'CCleaner Browser'],
  ['Norton Private Browser', 'Norton Private Browser'],
  ['Norton Neo', 'Norton Neo'],
  ['Avira Secure Browser', 'Avira Secure Browser'],
  ['Ecosia', 'Ecosia'],
  ['Ecosia Browser', 'Ecosia'],
  ['AlohaBrowser', 'Aloha'],
  ['Aloha Browser', 'Aloha'],
  ['Aloha', 'Aloha'],
  ['HuaweiBrowser', 'Huawei Browser'],
  ['Huawei Browser', 'Huawei Browser'],
  ['HonorBrowser', 'Honor Browser'],
  ['Miui Browser', 'MIUI Browser'],
  ['Mi Browser', 'MIUI Browser'],
  ['XiaomiBrowser', 'MIUI Browser'],
  ['HeyTapBrowser', 'HeyTap Browser'],
  ['VivoBrowser', 'vivo Browser'],
  ['UCBrowser', 'UC Browser'],
  ['UC Browser', 'UC Browser'],
  ['QQBrowser', 'QQ Browser'],
  ['Quark', 'Quark'],
  ['Silk', 'Silk'],
  ['Amazon Silk', 'Silk'],
  ['CocCoc', 'Cốc Cốc'],
  ['Coc Coc', 'Cốc Cốc'],
  ['Sleipnir', 'Sleipnir'],
  ['Iron', 'Iron'],
  ['Maxthon', 'Maxthon'],
  ['Puffin', 'Puffin'],
  ['Puffin Secure Browser', 'Puffin'],
  ['Gener8', 'Gener8'],
  ['Kiwi', 'Kiwi'],
  ['Kiwi Browser', 'Kiwi'],
  ['Sidekick', 'Sidekick'],
  ['Wavebox', 'Wavebox'],
  ['Arc', 'Arc'],
  ['Dia', 'Dia'],
  ['Comet', 'Comet'],
  ['ChatGPT Atlas', 'ChatGPT Atlas'],
  ['Atlas', 'ChatGPT Atlas'],
  ['Thorium', 'Thorium'],
  ['360Browser', '360 Browser'],
  ['Cromite', 'Cromite'],
  ['Bromite', 'Bromite'],
  ['Epic', 'Epic'],
  ['Slimjet', 'Slimjet'],
  ['Ghost Browser', 'Ghost Browser'],
  ['Phoenix', 'Phoenix Browser'],
  ['Seznam.cz', 'Seznam.cz'],
  ['Atom', 'Atom'],
  ['Mail.ru Atom', 'Atom'],
  ['Lenovo Browser', 'Lenovo Browser'],
  ['Smart Lenovo Browser', 'Lenovo Browser'],
  ['Microsoft Edge', 'Edge'],
  ['Microsoft Edge WebView2', 'Edge'],
  ['Google Chrome', 'Chrome'],
  ['HeadlessChrome', 'Chrome']
]

const PLATFORMS: Readonly<Record<string, string>> = {
  Windows: 'Windows',
  macOS: 'macOS',
  'Mac OS X': 'macOS',
  Android: 'Android',
  Linux: 'Linux',
  iOS: 'iOS',
  iPadOS: 'iPadOS',
  Fuchsia: 'Fuchsia',
  'Chrome OS': 'ChromeOS',
  ChromeOS: 'ChromeOS',
  'Chromium OS': 'ChromeOS'
}

/** Brands put in by browsers so that nobody relies on the list's shape: `Not/A)Brand`, ` Not;A Brand`… */
const GREASE = /not.{0,3}a.{0,3}brand/i

export function readClientHints (headers: Headers): ClientHints {
  const platform = unquote(headers['sec-ch-ua-platform'])
  const version = unquote(headers['sec-ch-ua-platform-version'])
  const mobile = headerText(headers['sec-ch-ua-mobile'], MAX_VALUE)
  return {
    browser: browserOf(headerText(headers['sec-ch-ua'] ?? headers['sec-ch-ua-full-version-list'], MAX_BRANDS)),
    app: packageOf(headerText(headers['x-requested-with'], MAX_VALUE)),
    platform: Object.hasOwn(PLATFORMS, platform) ? PLATFORMS[platform] ?? null : null,
    platformVersion: /^\d{1,5}(\.\d{1,6}){0,3}$/.test(version) ? version : null,
    model: productText(unquote(headers['sec-ch-ua-model'])),
    mobile: mobile === '?1' ? true : mobile === '?0' ? false : null
  }
}

function browserOf (header: string): NamedVersion | null {
  const sent = new Map<string, string>()
  for (const [, brand = '', version = ''] of header.matchAll(/"([^"\\]{1,64})"; ?v="(\d{1,5})[.\d]{0,32}"/g)) {
    sent.set(brand, version)
  }
  for (const [brand, name] of BRANDS) {
    const version = sent.get(brand)
    if (version !== undefined) return { name, version }
  }
  // Chromium stands in every list. It is the browser only where nothing else is named.
  const chromium = sent.get('Chromium')
  const others = [...sent.keys()].filter((brand) => brand !== 'Chromium' && !GREASE.test(brand))
  return chromium === undefined || others.length > 0 ? null : { name: 'Chromium', version: chromium }
}

function packageOf (header: string): NamedVersion | null {
  const name = /^[a-z]\w*(?:\.\w+)+$/i.test(header) ? readableName(header) : null
  return name === null ? null : { name, version: null }
}

/** The text of a structured string, `"Windows"`; `''` where it is none. */
function unquote (header: string | string[] | undefined): string {
  return /^"([^"\\]*)"$/.exec(headerText(header, MAX_VALUE))?.[1] ?? ''
}
