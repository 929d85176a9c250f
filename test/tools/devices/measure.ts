/** `npm run devices`: how much of public collections is right, written into docs/DEVICES.md. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeDevice, type Device } from '../../../src/device/device.ts'
import { crawlers, oddities, otherParsers, realVisits, type Opinion } from './collections.ts'

const DOCUMENT = join(import.meta.dirname, '../../../docs/DEVICES.md')
const [BEGIN, END] = ['<!-- measured: npm run devices -->', '<!-- /measured -->']
const TYPES: Readonly<Record<string, string>> = { smartphone: 'mobile', phablet: 'mobile', 'feature phone': 'mobile' }
/** The same thing under other names. */
const SAME: Readonly<Record<string, string>> = { mac: 'macos', gnulinux: 'linux', ipados: 'ios', edge: 'edge', microsoftedge: 'edge' }
/** Of ten thousand old oddities, as many as can be compared in a minute. */
const EVERY = 5

const fold = (text: string): string => {
  const plain = text.toLowerCase().replace(/mobile|browser|webview|internet|for|\(.*\)/g, '').replace(/[^\p{L}\p{N}]/gu, '')
  return SAME[plain] ?? plain
}
const alike = (one: string, other: string): boolean => one !== '' && other !== '' && (one.includes(other) || other.includes(one))
const opinionOf = (device: Device): Opinion => ({ browser: device.browser?.name ?? '', system: device.os?.name ?? '', type: device.deviceType })
const describe = (userAgent: string): Device => describeDevice({ 'user-agent': userAgent })
const percent = (part: number, of: number): string => `${(100 * part / of).toFixed(1)} %`

/** Of the rows where two other parsers agree on something, how many we say the same of: field by field, and all together. */
function agreement (userAgents: string[]): { rows: number, browser: string, system: string, type: string, all: string } {
  const parsers = otherParsers()
  const fields = { browser: [0, 0], system: [0, 0], type: [0, 0] } as Record<keyof Opinion, [right: number, of: number]>
  let [rows, right] = [0, 0]
  for (const userAgent of userAgents) {
    const device = describe(userAgent)
    const own = opinionOf(device)
    const [one, other] = parsers.map((parser) => parser(userAgent)) as [Opinion, Opinion]
    let [asked, wrong] = [false, false]
    for (const field of ['browser', 'system', 'type'] as const) {
      const [a, b] = [one, other].map((opinion) => fold(field === 'type' ? TYPES[opinion.type] ?? opinion.type : opinion[field])) as [string, string]
      // The others have no word for an app's pages, a tool or a bot.
      if (!alike(a, b) || (field !== 'system' && ['app', 'cli', 'bot'].includes(own.type))) continue
      const same = alike(fold(own[field]), a) || alike(fold(own[field]), b)
      fields[field][1]++
      if (same) fields[field][0]++
      asked = true
      wrong ||= !same
    }
    if (asked) rows++
    if (asked && !wrong) right++
  }
  const share = (field: keyof Opinion): string => percent(...fields[field])
  return { rows, browser: share('browser'), system: share('system'), type: share('type'), all: percent(right, rows) }
}

/** Android rows whose model is a factory's code, and how many of them have a name. */
function marketingNames (userAgents: string[]): { rows: number, named: string } {
  const coded = userAgents.map((userAgent) => {
    const model = /Android [\d.]+; (?:[a-z]{2}-[a-zA-Z]{2}; )?([^;)]+?)(?: Build[^;)]*|\)|;)/.exec(userAgent)?.[1] ?? ''
    return { userAgent, model }
  }).filter(({ model }) => model.length > 3 && /\d/.test(model) && /^[A-Z0-9][A-Z0-9 _/.()-]*$/.test(model))
  const named = coded.filter(({ userAgent }) => {
    const { deviceModel } = describe(userAgent)
    return deviceModel !== null && !userAgent.includes(deviceModel)
  })
  return { rows: coded.length, named: percent(named.length, coded.length) }
}

const visits = realVisits()
const odd = oddities().filter((_, index) => index % EVERY === 0)
const bots = crawlers()
const [real, strange, models] = [agreement(visits), agreement(odd), marketingNames(visits)]
const seen = bots.filter((userAgent) => describe(userAgent).deviceType === 'bot').length
const programs = bots.filter((userAgent) => ['bot', 'cli'].includes(describe(userAgent).deviceType)).length
const taken = visits.filter((userAgent) => describe(userAgent).deviceType === 'bot').length
// By the processor's time: others may be at work on the machine.
const begun = process.cpuUsage()
for (const userAgent of visits) describe(userAgent)
const { user, system } = process.cpuUsage(begun)
const perSecond = Math.floor(visits.length / (user + system) * 10_000) * 100

const measured = `| set | rows | browser | system | type | all three |
| --- | --- | --- | --- | --- | --- |
| real visits of 2019 to 2026 (\`user-agents\`, five releases) | ${real.rows} | ${real.browser} | ${real.system} | ${real.type} | ${real.all} |
| oddities of two decades (\`@financial-times/useragent_parser\`, every ${EVERY}th) | ${strange.rows} | ${strange.browser} | ${strange.system} | ${strange.type} | ${strange.all} |

A row counts where two other parsers (Matomo's and bowser) agree; what they have no word for, an app, a tool or a bot, is not asked for its browser and type.

| what | figure |
| --- | --- |
| bots seen (\`crawler-user-agents\`, ${bots.length} rows) | ${percent(seen, bots.length)}; with those that are a library by their own word (curl, Java) ${percent(programs, bots.length)} |
| real visits called bots | ${percent(taken, visits.length)} (${taken} of ${visits.length}, most of them bots indeed) |
| Android rows with a factory's code that have a name | ${models.named} of ${models.rows} |
| User-Agents read in a second, one core | ${perSecond.toLocaleString('en')} here |
`
const document = readFileSync(DOCUMENT, 'utf8')
const [head = '', rest = ''] = document.split(BEGIN)
writeFileSync(DOCUMENT, `${head}${BEGIN}\n\n${measured}\n${END}${rest.split(END)[1] ?? '\n'}`)
console.log(measured)
