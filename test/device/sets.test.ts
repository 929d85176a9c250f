/** The sets that are kept beside: what docs/DEVICES.md says of each kind holds. `npm run devices` measures on large public collections. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { describeDevice } from '../../src/device/device.ts'

function rows (set: string): string[][] {
  return readFileSync(join(import.meta.dirname, `sets/${set}.tsv`), 'utf8').trim().split('\n').map((line) => line.split('\t'))
}

const fold = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
const names = (shown: string, part: string): boolean => fold(shown).includes(fold(part))

/** Passes when that many of a set are right; says which are not. */
function atLeast (t: Test, share: number, set: string, right: (row: string[]) => boolean): void {
  const all = rows(set)
  const wrong = all.filter((row) => !right(row))
  t.ok(wrong.length <= all.length * (1 - share), `${set}: ${all.length - wrong.length} of ${all.length}`, { wrong: wrong.map((row) => row.join(' | ').slice(0, 160)) })
}

t.test('apps are named, and have the type of an app', async (t) => {
  atLeast(t, 0.93, 'apps', ([part = '', type = '', userAgent = '']) => {
    const { deviceName, deviceType } = describeDevice({ 'user-agent': userAgent })
    return deviceType === type && names(deviceName, part)
  })
})

t.test('tools are named, and nobody takes them for people\'s apps', async (t) => {
  atLeast(t, 0.95, 'tools', ([part = '', userAgent = '']) => {
    const { deviceName, deviceType } = describeDevice({ 'user-agent': userAgent })
    return (deviceType === 'cli' || deviceType === 'bot') && names(deviceName, part)
  })
})

t.test('bots are seen', async (t) => {
  atLeast(t, 0.87, 'bots', ([userAgent = '']) => describeDevice({ 'user-agent': userAgent }).deviceType === 'bot')
})

t.test('client hints tell browser and system', async (t) => {
  atLeast(t, 0.97, 'hints', ([browser, version, system, systemVersion, brands = '', platform = '', platformVersion = '', model = '', userAgent = '']) => {
    const device = describeDevice({
      'user-agent': userAgent,
      'sec-ch-ua': brands,
      'sec-ch-ua-platform': `"${platform}"`,
      'sec-ch-ua-platform-version': `"${platformVersion}"`,
      'sec-ch-ua-model': `"${model}"`
    })
    return device.browser?.name === browser && device.browser?.version === version && device.os?.name === system && (device.os?.version ?? '') === systemVersion
  })
})

t.test('Android phones have the names that people know', async (t) => {
  atLeast(t, 0.9, 'phones', ([name = '', userAgent = '']) => names(describeDevice({ 'user-agent': userAgent }).deviceName, name))
})

t.test('what nobody knows is not said, and what the page knows decides it', async (t) => {
  const safari = { 'user-agent': 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15' }
  t.match(describeDevice(safari), { deviceName: 'Safari on Mac or iPad', deviceType: 'desktop' })
  t.match(describeDevice(safari, { touch: false }), { deviceName: 'Safari on Mac', deviceType: 'desktop', os: { name: 'macOS' } })
  t.match(describeDevice(safari, { touch: true }), { deviceName: 'Safari on iPad', deviceType: 'tablet', os: { name: 'iPadOS', version: '18' }, deviceModel: 'iPad' })
  const chrome = { 'user-agent': 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36' }
  t.match(describeDevice(chrome, { touch: true }), { deviceName: 'Chrome on Mac', deviceType: 'desktop' }, 'no other browser hides an iPad so')
  t.match(describeDevice({ 'user-agent': 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126 Version/11.1.1 Safari/605.1.15' }), { deviceName: 'Chrome on iPad', deviceType: 'tablet' })
})

t.test('no stand-in is shown as a fact', async (t) => {
  const name = (userAgent: string): string => describeDevice({ 'user-agent': userAgent }).deviceName
  t.equal(name('Mozilla/5.0 (Linux; U; Android 10; en-US) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/99.0.0.0 Mobile Safari/537.36'), 'Chrome on Android')
  t.equal(name('Mozilla/5.0 (Linux; U; Android 4.4; en; ) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/60.0.0.0 Mobile Safari/537.36'), 'Chrome on Android')
  t.notMatch(name('Mozilla/5.0 (Linux; Android 11; OnePlus8TMO) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/99.0.0.0 Mobile Safari/537.36'), /Generic/)
  t.equal(name('Mozilla/5.0 (PLAYSTATION 3 4.91) AppleWebKit/531.22.8 (KHTML, like Gecko)'), 'PlayStation 3')
  t.equal(name('Mozilla/5.0 (X11; U; linux; en) AppleWebKit/537.36 (KHTML, like Gecko)'), 'Linux device')
  t.notMatch(name('Mozilla/5.0 (Linux; Android 9; Sony TV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/99.0.0.0 Safari/537.36 SmartTV sony'), /sony/)
  t.same(describeDevice({ 'user-agent': 'Acme/1.4 (Android/34; Pixel 8)' }).os, { name: 'Android', version: '14' }, 'an API level is no version')
  t.same(describeDevice({ 'user-agent': 'Outlook-Android/2.0' }).os, { name: 'Android', version: null }, 'nor is the app\'s')
})

t.test('a header of 1 MB is read in less than 10 ms', async (t) => {
  for (const part of ['a', 'Acme/1.0 ', 'Mozilla/5.0 (Linux; Android 10; ', '\u0000', '\ud800', '[FBAN/', '(+http://', 'com.a.', 'Chrome/1 Electron/', 'A ', '; wv) ', 'Android (1/2']) {
    const text = part.repeat(Math.ceil(1_000_000 / part.length))
    const headers = Object.fromEntries(['user-agent', 'sec-ch-ua', 'sec-ch-ua-model', 'sec-ch-ua-platform', 'x-requested-with'].map((name) => [name, text]))
    for (let round = 0; round < 5; round++) describeDevice(headers)
    const times = Array.from({ length: 10 }, () => { const begun = performance.now(); describeDevice(headers); return performance.now() - begun })
    t.ok(Math.min(...times) < 10, `${JSON.stringify(part)}: ${Math.min(...times).toFixed(2)} ms`)
  }
})
