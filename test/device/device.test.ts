/** A device gets a name that helps its owner, says nothing untrue, and can not be made to harm anybody. */
import t from 'tap'
import fc from 'fast-check'
import { cleanDeviceName, describeDevice, type Device } from '../../src/device/device.ts'
import { DEVICE_TYPES, type DeviceType } from '../../src/protocol.ts'
import { anyCharacter } from '../helpers/random-characters.ts'

const WINDOWS_CHROME = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
const ANDROID_CHROME = 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36'
const MAC_CHROME = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
const LINUX_CHROME = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)'

/** [user agent, device name, type, browser, operating system]: the last two as "name version". */
type Row = readonly [string, string, DeviceType, string | null, string | null]

const browsers: Row[] = [
  [WINDOWS_CHROME, 'Chrome on Windows', 'desktop', 'Chrome 140', 'Windows'],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0', 'Edge on Windows', 'desktop', 'Edge 140', 'Windows'],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 OPR/122.0.0.0', 'Opera on Windows', 'desktop', 'Opera 122', 'Windows'],
  ['Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko', 'Internet Explorer on Windows', 'desktop', 'Internet Explorer 11', 'Windows 7'],
  ['Mozilla/5.0 (Windows NT 6.3; Win64; x64; rv:115.0) Gecko/20100101 Firefox/115.0', 'Firefox on Windows', 'desktop', 'Firefox 115', 'Windows 8.1'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15', 'Safari on Mac or iPad', 'desktop', 'Safari 18', 'macOS'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Mac', 'desktop', 'Firefox 140', 'macOS'],
  [MAC_CHROME, 'Chrome on Mac', 'desktop', 'Chrome 140', 'macOS'],
  [LINUX_CHROME, 'Chrome on Linux', 'desktop', 'Chrome 140', 'Linux'],
  ['Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0', 'Firefox on Ubuntu', 'desktop', 'Firefox 115', 'Ubuntu'],
  ['Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36', 'Chrome on ChromeOS', 'desktop', 'Chrome 140', 'ChromeOS'],
  [`${IPHONE} Version/17.5 Mobile/15E148 Safari/604.1`, 'Safari on iPhone', 'mobile', 'Safari 17', 'iOS 17'],
  [`${IPHONE} CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1`, 'Chrome on iPhone', 'mobile', 'Chrome 126', 'iOS 17'],
  [`${IPHONE} FxiOS/127.0 Mobile/15E148 Safari/605.1.15`, 'Firefox on iPhone', 'mobile', 'Firefox 127', 'iOS 17'],
  ['Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1', 'Safari on iPad', 'tablet', 'Safari 16', 'iPadOS 16'],
  ['Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36', 'Chrome on Galaxy S23 Ultra', 'mobile', 'Chrome 120', 'Android 14'],
  ['Mozilla/5.0 (Linux; Android 13; SAMSUNG SM-G991B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/23.0 Chrome/115.0.0.0 Mobile Safari/537.36', 'Samsung Internet on Galaxy S21 5G', 'mobile', 'Samsung Internet 23', 'Android 13'],
  ['Mozilla/5.0 (Linux; Android 13; SM-X906C) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36', 'Chrome on Galaxy Tab S8 Ultra 5G', 'tablet', 'Chrome 120', 'Android 13'],
  ['Mozilla/5.0 (Android 14; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0', 'Firefox on Android', 'mobile', 'Firefox 140', 'Android 14'],
  ['Mozilla/5.0 (Linux; Android 9; CUBOT NOTE S) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/110.0.0.0 Mobile Safari/537.36', 'Chrome on CUBOT NOTE S', 'mobile', 'Chrome 110', 'Android 9']
]

const frozen: Row[] = [
  [ANDROID_CHROME, 'Chrome on Android', 'mobile', 'Chrome 140', 'Android'],
  ['Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36', 'Chrome on Android', 'tablet', 'Chrome 140', 'Android'],
  ['Mozilla/5.0 (Linux; Android 10; SM-G960F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/100.0.0.0 Mobile Safari/537.36', 'Chrome on Galaxy S9', 'mobile', 'Chrome 100', 'Android 10'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1', 'Safari on iPhone', 'mobile', 'Safari 26', 'iOS 26'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1', 'Safari on iPhone', 'mobile', 'Safari 18', 'iOS 18'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148', 'App on iPhone', 'app', null, 'iOS'],
  // Chrome, Edge and Google's app do not freeze it.
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_7_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/143.0.7000.10 Mobile/15E148 Safari/604.1', 'Chrome on iPhone', 'mobile', 'Chrome 143', 'iOS 18'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 26_1_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/143.0.7000.10 Mobile/15E148 Safari/604.1', 'Chrome on iPhone', 'mobile', 'Chrome 143', 'iOS 26'],
  ['Mozilla/5.0 (Windows NT 5.0; rv:10.0) Gecko/20100101 Firefox/10.0', 'Firefox on Windows', 'desktop', 'Firefox 10', 'Windows 2000'],
  ['Mozilla/5.0 (Windows; U; Win98; en-US; rv:1.7) Gecko/20040803 Firefox/2.0', 'Firefox on Windows', 'desktop', 'Firefox 2', 'Windows 98'],
  ['Opera/8.02 (Windows XP; U; en)', 'Opera on Windows', 'desktop', 'Opera 8', 'Windows XP']
]

const programs: Row[] = [
  ['curl/8.5.0', 'curl', 'cli', null, null],
  ['Wget/1.21.4', 'Wget', 'cli', null, null],
  ['HTTPie/3.2.2', 'HTTPie', 'cli', null, null],
  ['PostmanRuntime/7.39.0', 'Postman', 'cli', null, null],
  ['axios/1.7.2', 'axios', 'cli', null, null],
  ['node-fetch/1.0 (+https://github.com/bitinn/node-fetch)', 'node-fetch', 'cli', null, null],
  ['node', 'Node.js', 'cli', null, null],
  ['undici', 'Node.js', 'cli', null, null],
  ['python-requests/2.31.0', 'Python requests', 'cli', null, null],
  ['Python/3.11 aiohttp/3.9.5', 'Python', 'cli', null, null],
  ['Go-http-client/1.1', 'Go program', 'cli', null, null],
  ['Java/17.0.2', 'Java program', 'cli', null, null],
  ['Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041.1682', 'PowerShell', 'cli', null, 'Windows'],
  ['okhttp/4.12.0', 'Android app', 'app', null, null],
  ['Dart/3.4 (dart:io)', 'Flutter app', 'app', null, null],
  ['CFNetwork/1494.0.7 Darwin/23.4.0', 'iOS app', 'app', null, 'iOS'],
  ['MyApp/42 CFNetwork/1494.0.7 Darwin/23.4.0', 'MyApp (iOS app)', 'app', null, 'iOS'],
  ['My%20App/3 CFNetwork/1494.0.7 Darwin/23.4.0', 'My App (iOS app)', 'app', null, 'iOS'],
  ['50%/3 CFNetwork/1494.0.7 Darwin/23.4.0', 'iOS app', 'app', null, 'iOS'],
  ['Mail/3774 CFNetwork/1404 Darwin/22.3.0 (x86_64)', 'Mail (Mac app)', 'app', null, 'macOS'],
  ['ExampleWatch/1 CFNetwork/1494 Darwin/23.4.0 watchOS/10.5', 'ExampleWatch (Apple Watch app)', 'app', null, 'watchOS'],
  ['Acme/1.0 (com.acme.app; build:1; iOS 17.5.0) Alamofire/5.9.0', 'Acme (iOS app)', 'app', null, 'iOS 17'],
  ['AcmeSync/2.4', 'AcmeSync', 'app', null, null],
  ['Dalvik/2.1.0 (Linux; U; Android 13; SM-A536B Build/TP1A.220624.014)', 'App on Galaxy A53 5G', 'app', null, 'Android 13'],
  ['Mozilla/5.0 (Linux; Android 14; Pixel 7; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.0.0 Mobile Safari/537.36', 'App on Pixel 7', 'app', null, 'Android 14'],
  [`${IPHONE} Mobile/15E148`, 'App on iPhone', 'app', null, 'iOS 17'],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Slack/4.38.125 Chrome/124.0.6367.207 Electron/30.0.9 Safari/537.36', 'Slack', 'app', null, 'Windows'],
  ['Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Googlebot/2.1; +http://www.google.com/bot.html) Chrome/140.0.0.0 Safari/537.36', 'Googlebot', 'bot', null, null],
  ['Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)', 'bingbot', 'bot', null, null],
  ['facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)', 'facebookexternalhit', 'bot', null, null],
  ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36', 'Headless Chrome', 'bot', null, 'Linux']
]

const appliances: Row[] = [
  ['Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) AppleWebKit/538.1 (KHTML, like Gecko) Version/6.0 TV Safari/538.1', 'Samsung TV', 'tv', null, 'Tizen 6'],
  ['Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/79.0.3945.79 Safari/537.36 DMOST/2.0.0 (; LGE; webOSTV; WEBOS6.3.2 03.34.95; W6_lm21a;)', 'LG TV', 'tv', 'Chrome 79', 'webOS'],
  ['Mozilla/5.0 (Linux; Android 9; AFTS) AppleWebKit/537.36 (KHTML, like Gecko) Silk/108.4.6 like Chrome/108.0.5359.160 Safari/537.36', 'Fire TV', 'tv', 'Silk 108', 'Android 9'],
  ['Mozilla/5.0 (Linux; Android 12; BRAVIA 4K VH2 Build/STT1.210805.001) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36', 'Sony BRAVIA 4K VH2', 'tv', 'Chrome 120', 'Android 12'],
  ['AppleTV11,1/11.1', 'Apple TV', 'tv', null, 'tvOS'],
  ['Roku4640X/DVP-7.70 (297.70E04154A)', 'Roku', 'tv', null, null],
  ['Mozilla/5.0 (PlayStation; PlayStation 5/4.03) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.4 Safari/605.1.15', 'PlayStation 5', 'console', 'Safari 15', 'PlayStation 5'],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox One) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/48.0.2564.82 Safari/537.36 Edge/20.02', 'Xbox One', 'console', 'Edge 20', 'Xbox'],
  ['Mozilla/5.0 (Nintendo Switch; WifiWebAuthApplet) AppleWebKit/609.4 (KHTML, like Gecko) NF/6.0.2.21.3 NintendoBrowser/5.1.0.22474', 'Nintendo Switch', 'console', null, 'Nintendo'],
  ['Mozilla/5.0 (Linux; Android 11; SAMSUNG SM-R870) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/13.0 Chrome/83.0.4103.106 Mobile Safari/537.36', 'Galaxy Watch4', 'wearable', 'Samsung Internet 13', 'Android 11'],
  ['Mozilla/5.0 (X11; Linux x86_64; Quest 3) AppleWebKit/537.36 (KHTML, like Gecko) OculusBrowser/30.1.0 Chrome/118.0.5993.147 VR Safari/537.36', 'Meta Quest 3', 'wearable', 'Oculus Browser 30', 'Linux'],
  ['Mozilla/5.0 (Watch; CPU Watch OS 10_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)', 'Apple Watch', 'wearable', null, 'watchOS']
]

const unknown: Row[] = ['', ' ', 'Mozilla/5.0', 'x'.repeat(600), '\u0000\u0001', '()', '<b>hello</b>', '/', '-'].map((userAgent) =>
  [userAgent, 'Unknown device', 'unknown', null, null])

function brief ({ deviceName, deviceType, browser, os }: Device): unknown[] {
  const text = (part: Device['browser']): string | null => part === null ? null : part.version === null ? part.name : `${part.name} ${part.version}`
  return [deviceName, deviceType, text(browser), text(os)]
}

for (const [title, rows] of Object.entries({
  'browsers are named by browser and place': browsers,
  'frozen tokens are not shown as facts': frozen,
  'apps, command lines and bots are told apart from browsers': programs,
  'televisions, consoles and wearables are not phones': appliances,
  'what says nothing is an "Unknown device"': unknown
})) {
  t.test(title, async (t) => {
    for (const [userAgent, ...expected] of rows) t.same(brief(describeDevice({ 'user-agent': userAgent })), expected, JSON.stringify(userAgent).slice(0, 120))
  })
}

t.test('a request without any headers is an unknown device', async (t) => {
  t.same(describeDevice({}), { deviceName: 'Unknown device', deviceType: 'unknown', browser: null, os: null, deviceVendor: null, deviceModel: null, userAgent: '' })
})

const brands = (...names: string[]) => [...names, 'Chromium', 'Not=A?Brand'].map((name) => `"${name}";v="140"`).join(', ')

t.test('client hints tell what the user agent hides', async (t) => {
  const windows = (version: string) => describeDevice({ 'user-agent': WINDOWS_CHROME, 'sec-ch-ua': brands('Google Chrome'), 'sec-ch-ua-platform': '"Windows"', 'sec-ch-ua-platform-version': `"${version}"`, 'sec-ch-ua-mobile': '?0' })
  t.match(windows('15.0.0'), { deviceName: 'Chrome on Windows', deviceType: 'desktop', browser: { name: 'Chrome', version: '140' }, os: { name: 'Windows', version: '11' } })
  t.same(windows('10.0.0').os, { name: 'Windows', version: '10' })
  t.same(windows('0.3.0').os, { name: 'Windows', version: '8.1' })
  t.same(windows('0.0.0').os, { name: 'Windows', version: null })

  for (const [brand, name] of [['Brave', 'Brave'], ['Vivaldi', 'Vivaldi'], ['Microsoft Edge', 'Edge'], ['Opera', 'Opera'], ['Samsung Internet', 'Samsung Internet'], ['Google Chrome', 'Chrome']] as const) {
    t.equal(describeDevice({ 'user-agent': WINDOWS_CHROME, 'sec-ch-ua': brands(brand) }).deviceName, `${name} on Windows`)
  }
  t.equal(describeDevice({ 'user-agent': LINUX_CHROME, 'sec-ch-ua': '"Chromium";v="140", " Not;A Brand";v="99"' }).deviceName, 'Chromium on Linux')

  const phone = describeDevice({ 'user-agent': ANDROID_CHROME, 'sec-ch-ua': brands('Google Chrome'), 'sec-ch-ua-platform': '"Android"', 'sec-ch-ua-platform-version': '"16.0.0"', 'sec-ch-ua-model': '"Pixel 9 Pro"', 'sec-ch-ua-mobile': '?1' })
  t.match(phone, { deviceName: 'Chrome on Pixel 9 Pro', deviceType: 'mobile', os: { name: 'Android', version: '16' }, deviceModel: 'Pixel 9 Pro' })

  t.same(describeDevice({ 'user-agent': MAC_CHROME, 'sec-ch-ua-platform': '"macOS"', 'sec-ch-ua-platform-version': '"15.6.1"' }).os, { name: 'macOS', version: '15' })
  const contradiction = describeDevice({ 'user-agent': 'Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36', 'sec-ch-ua-platform': '"Windows"' })
  t.match(contradiction, { deviceName: 'Chrome on Windows', deviceType: 'desktop', deviceVendor: null, deviceModel: null })
})

t.test('client hints are distrusted', async (t) => {
  const plain = describeDevice({ 'user-agent': WINDOWS_CHROME })
  const hostile: Array<Record<string, string | string[]>> = [
    { 'sec-ch-ua': `"${'A'.repeat(65_536)}";v="1"` },
    { 'sec-ch-ua': '"'.repeat(1_000) },
    { 'sec-ch-ua': '"Totally Your Bank";v="1", "Chromium";v="140"' },
    { 'sec-ch-ua': '"Not=A?Brand";v="24"' },
    { 'sec-ch-ua': '"Google Chrome";v="<script>"' },
    { 'sec-ch-ua': 'Brave;v=1' },
    { 'sec-ch-ua-platform': '"TempleOS"' },
    { 'sec-ch-ua-platform': '"constructor"' },
    { 'sec-ch-ua-platform': '"__proto__"' },
    { 'sec-ch-ua-platform': 'macOS' },
    { 'sec-ch-ua-platform-version': '"11; DROP TABLE"' },
    { 'sec-ch-ua-platform-version': '15.0.0' },
    { 'sec-ch-ua-model': '"<img src=x onerror=alert(1)>"' },
    { 'sec-ch-ua-model': '""' },
    { 'sec-ch-ua-model': `"${'M'.repeat(100)}"` },
    { 'sec-ch-ua-mobile': 'yes' },
    { 'sec-ch-ua': [] }
  ]
  for (const headers of hostile) t.same(describeDevice({ 'user-agent': WINDOWS_CHROME, ...headers }), plain, JSON.stringify(headers).slice(0, 80))
  t.equal(describeDevice({ 'user-agent': ANDROID_CHROME, 'sec-ch-ua-model': '"Pi\r\nxel\u0000 9"' }).deviceModel, 'Pixel 9')
  t.equal(describeDevice({ 'user-agent': 'curl/8.5.0', 'sec-ch-ua': brands('Brave') }).deviceName, 'curl', 'a program has no brands')
})

t.test('R22, R23: a user agent is capped, and can not carry markup or control characters', async (t) => {
  const long = describeDevice({ 'user-agent': WINDOWS_CHROME + ' ' + 'x'.repeat(10_000) })
  t.equal(long.userAgent.length, 512)
  t.equal(long.deviceName, 'Chrome on Windows')
  t.equal(describeDevice({ 'user-agent': 'cu\u0000rl/8\r\n.5\u001b[31m' }).userAgent, 'curl/8.5[31m')
  const markup = describeDevice({ 'user-agent': 'Mozilla/5.0 (Linux; Android 14; <img src=x onerror=alert(1)>) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36' })
  t.match(markup, { deviceName: 'Chrome on Android', deviceModel: null })
  t.equal(describeDevice({ 'user-agent': '<script>alert(1)</script>/1.0' }).deviceName, 'Unknown device')
  t.equal(describeDevice({ 'user-agent': ['curl/8.5.0', 'Wget/1.0'] }).deviceName, 'curl', 'the first of several')
})

t.test('whatever the headers hold, a device comes out, fit to be stored and shown', async (t) => {
  const piece = fc.constantFrom('Mozilla/5.0 ', '(Linux; Android 10; K)', '(iPhone; CPU iPhone OS 18_6 like Mac OS X)', 'Chrome/', 'Safari/', 'Version/26', 'TV', 'bot', 'CFNetwork/', '%', 'AFTX', '"', ';v="', '<', '\ud800', '\u0000', '; wv)', 'Windows NT ', 'constructor/1', '__proto__/1', 'hasOwnProperty')
  const header = fc.oneof(fc.string({ unit: anyCharacter, maxLength: 600 }), fc.array(fc.oneof(piece, fc.string({ maxLength: 8 })), { maxLength: 30 }).map((parts) => parts.join('')))
  const names = fc.constantFrom('user-agent', 'sec-ch-ua', 'sec-ch-ua-platform', 'sec-ch-ua-platform-version', 'sec-ch-ua-model', 'sec-ch-ua-mobile')
  t.doesNotThrow(() => fc.assert(fc.property(fc.dictionary(names, fc.oneof(header, fc.array(header, { maxLength: 2 }), fc.constant(undefined))), (headers) => {
    const device = describeDevice(headers)
    const shown = [device.deviceName, device.browser?.name, device.os?.name, device.deviceVendor, device.deviceModel].filter((text) => text !== undefined && text !== null)
    return shown.every((text) => text.trim() !== '' && text.length <= 200 && !/[<>"&\p{Cc}\p{Cs}]|undefined|null|\[object/u.test(text)) &&
      DEVICE_TYPES.includes(device.deviceType) && device.userAgent.length <= 512 && !/[\p{Cc}\p{Cs}]/u.test(device.userAgent) &&
      [device.browser, device.os].every((part) => part === null || part.version === null || /^(?:\d{1,5}|8\.1|XP|Vista)$/.test(part.version))
  }), { numRuns: 2_000 }))
})

t.test('no header takes long to read', async (t) => {
  const hostile = ['Mozilla/5.0 (', '(', 'a', 'A-', ' ', 'bot', 'iPhone;', 'Chrome/1 ', 'Version/', 'Windows NT ', ';', 'Android ', 'a/1 Chrome/1 ', '""', '";v="1', 'SM-', '1.', 'hbbtv/1.1.1 (;;;;;']
  for (const part of hostile) {
    const text = part.repeat(Math.ceil(20_000 / part.length))
    const started = performance.now()
    for (let round = 0; round < 20; round++) describeDevice({ 'user-agent': text, 'sec-ch-ua': text.slice(0, 1_024), 'sec-ch-ua-model': text, 'sec-ch-ua-platform': text })
    const each = (performance.now() - started) / 20
    t.ok(each < 25, `${JSON.stringify(part)}: ${each.toFixed(2)} ms`)
  }
})

t.test('a name that a person gives is cleaned, or refused', async (t) => {
  t.equal(cleanDeviceName('  Kitchen laptop '), 'Kitchen laptop')
  t.equal(cleanDeviceName('Oma’s Telefon 📱'), 'Oma’s Telefon 📱')
  t.equal(cleanDeviceName('Cafe\u0301'), 'Café', 'NFC')
  t.equal(cleanDeviceName('Work\u0000\r\n PC\u001b'), 'Work PC', 'control characters go')
  t.equal(cleanDeviceName('a\ud800b'), 'ab', 'lone surrogates go')
  t.equal(cleanDeviceName('\u202Egnp.exe'), 'gnp.exe', 'nothing turns the reading direction around')
  t.equal(cleanDeviceName('<b>TV</b>'), '<b>TV</b>', 'markup is text; whoever shows it escapes it')
  t.equal(cleanDeviceName('x'.repeat(100)), 'x'.repeat(100))
  t.equal(cleanDeviceName('📱'.repeat(100)), '📱'.repeat(100), 'characters are counted, not code units')
  for (const refused of ['', '   ', '\u0000', '\u200b\u200d', 'x'.repeat(101), 'x'.repeat(1_000_000), null, undefined, 7, {}, ['x']]) t.equal(cleanDeviceName(refused), null)
})
