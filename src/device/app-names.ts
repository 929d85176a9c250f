/** What people call an app, of what it calls itself: a package's name, a key of Facebook's, a name with its system. */
import { productText } from './text.ts'

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
export const SYSTEM_BEHIND = /[-_](?:android|ios|iphone|app|mobile|webview)$/i

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

export function facebookApp (userAgent: string): string | null {
  const app = /\b(?:FBAN|FB_IAB|FBPN)\/([\w.]{1,60})/.exec(userAgent)?.[1]
  return app === undefined ? null : FACEBOOK.find(([pattern]) => pattern.test(app))?.[1] ?? null
}
