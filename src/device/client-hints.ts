/** Client hints (`Sec-CH-UA…`): what Chromium browsers say about themselves beside the User-Agent, read with distrust. */
import { headerText, productText } from './text.ts'
import type { NamedVersion } from '../protocol.ts'

export interface ClientHints {
  /** Null where no brand is one that we know. */
  browser: NamedVersion | null
  /** The operating system, by this library's name for it. */
  platform: string | null
  /** As sent, e.g. `15.0.0`: not a version people know. */
  platformVersion: string | null
  model: string | null
  mobile: boolean | null
}

type Headers = Record<string, string | string[] | undefined>

/**
 * The hints that a server has to ask for, as the value of an `Accept-CH` header. Without them a Chromium browser tells
 * neither Windows 10 from 11, nor the model of an Android phone.
 */
export const ACCEPT_CLIENT_HINTS = 'Sec-CH-UA-Platform-Version, Sec-CH-UA-Model'

const MAX_BRANDS = 1_024
const MAX_VALUE = 128

/** Known brands only: an unknown one is a name that anybody may have made up. The first that matches wins, so engines come last. */
const BRANDS: ReadonlyArray<readonly [brand: string, name: string]> = [
  ['Brave', 'Brave'], ['Vivaldi', 'Vivaldi'], ['Opera GX', 'Opera GX'], ['Opera', 'Opera'], ['OperaMobile', 'Opera'],
  ['Samsung Internet', 'Samsung Internet'], ['Microsoft Edge', 'Edge'], ['YaBrowser', 'Yandex'], ['Yandex', 'Yandex'],
  ['DuckDuckGo', 'DuckDuckGo'], ['Whale', 'Whale'], ['Oculus Browser', 'Oculus Browser'], ['Google Chrome', 'Chrome']
]

const PLATFORMS: Readonly<Record<string, string>> = {
  Windows: 'Windows', macOS: 'macOS', 'Mac OS X': 'macOS', Android: 'Android', Linux: 'Linux', iOS: 'iOS', 'Chrome OS': 'ChromeOS', ChromeOS: 'ChromeOS', 'Chromium OS': 'ChromeOS'
}

/** Brands put in by browsers so that nobody relies on the list's shape: `Not/A)Brand`, ` Not;A Brand`… */
const GREASE = /not.{0,3}a.{0,3}brand/i

export function readClientHints (headers: Headers): ClientHints {
  const platform = unquote(headers['sec-ch-ua-platform'])
  const version = unquote(headers['sec-ch-ua-platform-version'])
  const mobile = headerText(headers['sec-ch-ua-mobile'], MAX_VALUE)
  return {
    browser: browserOf(headerText(headers['sec-ch-ua'], MAX_BRANDS)),
    platform: Object.hasOwn(PLATFORMS, platform) ? PLATFORMS[platform] ?? null : null,
    platformVersion: /^\d{1,5}(\.\d{1,6}){0,3}$/.test(version) ? version : null,
    model: productText(unquote(headers['sec-ch-ua-model'])),
    mobile: mobile === '?1' ? true : mobile === '?0' ? false : null
  }
}

function browserOf (header: string): NamedVersion | null {
  const sent = new Map<string, string>()
  for (const [, brand = '', version = ''] of header.matchAll(/"([^"\\]{1,64})"; ?v="(\d{1,5})[.\d]{0,32}"/g)) sent.set(brand, version)
  for (const [brand, name] of BRANDS) {
    const version = sent.get(brand)
    if (version !== undefined) return { name, version }
  }
  // Chromium stands in every list. It is the browser only where nothing else is named.
  const chromium = sent.get('Chromium')
  const others = [...sent.keys()].filter((brand) => brand !== 'Chromium' && !GREASE.test(brand))
  return chromium === undefined || others.length > 0 ? null : { name: 'Chromium', version: chromium }
}

/** The text of a structured string, `"Windows"`; `''` where it is none. */
function unquote (header: string | string[] | undefined): string {
  return /^"([^"\\]*)"$/.exec(headerText(header, MAX_VALUE))?.[1] ?? ''
}
