/** User agents that are no browser: apps, command lines, bots. ua-parser-js knows none of them. */
import { productText } from './text.ts'
import type { DeviceType, NamedVersion } from '../protocol.ts'

export interface Program {
  deviceName: string
  deviceType: Extract<DeviceType, 'app' | 'cli' | 'bot'>
  os: NamedVersion | null
}

/** Libraries and tools by the product that their User-Agent starts with, in lower case. */
const TOOLS: Readonly<Record<string, readonly [name: string, type: 'app' | 'cli']>> = {
  curl: ['curl', 'cli'],
  libcurl: ['curl', 'cli'],
  wget: ['Wget', 'cli'],
  httpie: ['HTTPie', 'cli'],
  xh: ['xh', 'cli'],
  k6: ['k6', 'cli'],
  postmanruntime: ['Postman', 'cli'],
  insomnia: ['Insomnia', 'cli'],
  bruno: ['Bruno', 'cli'],
  'bruno-runtime': ['Bruno', 'cli'],
  axios: ['axios', 'cli'],
  got: ['got (Node.js)', 'cli'],
  'node-fetch': ['node-fetch', 'cli'],
  node: ['Node.js', 'cli'],
  'node.js': ['Node.js', 'cli'],
  undici: ['Node.js', 'cli'],
  'node-superagent': ['superagent', 'cli'],
  deno: ['Deno', 'cli'],
  bun: ['Bun', 'cli'],
  'python-requests': ['Python requests', 'cli'],
  'python-urllib': ['Python urllib', 'cli'],
  'python-urllib3': ['Python urllib3', 'cli'],
  'python-httpx': ['Python httpx', 'cli'],
  aiohttp: ['Python aiohttp', 'cli'],
  python: ['Python', 'cli'],
  'go-http-client': ['Go program', 'cli'],
  java: ['Java program', 'cli'],
  'java-http-client': ['Java program', 'cli'],
  'apache-httpclient': ['Java program', 'cli'],
  guzzlehttp: ['PHP Guzzle', 'cli'],
  php: ['PHP', 'cli'],
  ruby: ['Ruby', 'cli'],
  faraday: ['Ruby Faraday', 'cli'],
  reqwest: ['Rust reqwest', 'cli'],
  restsharp: ['RestSharp', 'cli'],
  'libwww-perl': ['Perl', 'cli'],
  okhttp: ['Android app', 'app'],
  'ktor-client': ['Ktor app', 'app'],
  ktor: ['Ktor app', 'app'],
  dart: ['Flutter app', 'app'],
  unityplayer: ['Unity app', 'app']
}

/** The look-behind spares the phones of the maker Cubot. */
const BOT = /(?<!\bcu)bot\b|crawler|spider|slurp|facebookexternalhit|inspectiontool|lighthouse|phantomjs|pingdom|(?:link|web|page) ?preview/i
const BOT_NAME = /\b[a-z][\w-]{0,38}(?:bot|crawler|spider|externalhit|inspectiontool|lighthouse)\b|\bphantomjs\b|\bpingdom\b/i

/** The program behind a User-Agent, or null where it looks like a browser (or like nothing at all). */
export function recogniseProgram (userAgent: string): Program | null {
  if (/HeadlessChrome\//.test(userAgent)) return { deviceName: 'Headless Chrome', deviceType: 'bot', os: null }
  if (BOT.test(userAgent)) return { deviceName: BOT_NAME.exec(userAgent)?.[0] ?? 'Bot', deviceType: 'bot', os: null }
  const desktopApp = /([\w-]{1,40})\/[\w.-]{1,40} Chrome\/[\d.]{1,20} Electron\//.exec(userAgent)
  if (desktopApp?.[1] !== undefined) return { deviceName: desktopApp[1], deviceType: 'app', os: null }
  if (/^(?:Mozilla|Opera)\//i.test(userAgent)) return /PowerShell\//.test(userAgent) ? { deviceName: 'PowerShell', deviceType: 'cli', os: null } : null
  const product = /^([^/\s()]{1,80})(?:\/|\s|$)/.exec(userAgent)?.[1] ?? ''
  const tool = product.toLowerCase()
  if (Object.hasOwn(TOOLS, tool)) {
    const [deviceName, deviceType] = TOOLS[tool] as readonly [string, 'app' | 'cli']
    return { deviceName, deviceType, os: null }
  }
  return appleApp(userAgent) ?? namedApp(userAgent)
}

/** `Mail/3776 CFNetwork/1494 Darwin/23.4.0`: an app on Apple's own HTTP library. Macs name their processor, phones do not. */
function appleApp (userAgent: string): Program | null {
  if (!/\b(?:CFNetwork|Darwin)\//.test(userAgent)) return null
  const os = /watchOS/i.test(userAgent) ? 'watchOS' : /\((?:x86_64|arm64|i386)\)|macOS|Macintosh/.test(userAgent) ? 'macOS' : 'iOS'
  const kind = os === 'macOS' ? 'Mac app' : os === 'watchOS' ? 'Apple Watch app' : 'iOS app'
  const name = /^(?:CFNetwork|Darwin)\//.test(userAgent) ? null : appName(userAgent)
  return { deviceName: name === null ? kind : `${name} (${kind})`, deviceType: 'app', os: { name: os, version: null } }
}

/** `Acme/3.2 (com.acme; iOS 17.5)`, `Acme/1.0`: an app that says its own name. */
function namedApp (userAgent: string): Program | null {
  const name = appName(userAgent)
  if (name === null || /^(?:Dalvik|Roku|AppleTV)/i.test(name)) return null
  const [, system, version] = /[(;,] ?(iOS|iPadOS|macOS|tvOS|watchOS|Android)[ /](\d{1,3})\b/.exec(userAgent) ?? []
  if (system === undefined) return { deviceName: name, deviceType: 'app', os: null }
  return { deviceName: `${name} (${system === 'macOS' ? 'Mac' : system} app)`, deviceType: 'app', os: { name: system, version: version ?? null } }
}

function appName (userAgent: string): string | null {
  const written = /^([^/()]{1,60})\/v?\d/.exec(userAgent)?.[1]
  if (written === undefined) return null
  try {
    return productText(decodeURIComponent(written))
  } catch { // a stray percent sign
    return productText(written)
  }
}
