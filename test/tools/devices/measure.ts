/**
 * `npm run devices`: how much of public collections is right, written into docs/DEVICES.md. With `-- --wrong` it says
 * also which rows are not.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeDevice, type Device } from '../../../src/device/device.ts'
import { crawlers, majorOf, oddities, otherParsers, realVisits, type Opinion } from './collections.ts'

const DOCUMENT = join(import.meta.dirname, '../../../docs/DEVICES.md')
const [BEGIN, END] = ['<!-- measured: npm run devices -->', '<!-- /measured -->']
const TYPES: Readonly<Record<string, string>> = { smartphone: 'mobile', phablet: 'mobile', 'feature phone': 'mobile' }
/** The same thing under other names. */
const SAME: Readonly<Record<string, string>> = { mac: 'macos', gnulinux: 'linux', ipados: 'ios', edge: 'edge', microsoftedge: 'edge' }
/** Of ten thousand old oddities, as many as can be compared in a minute. */
const EVERY = 5
const SAYS_WRONG = process.argv.includes('--wrong')

const fold = (text: string): string => {
  const plain = text.toLowerCase().replace(/mobile|browser|webview|internet|for|\(.*\)/g, '').replace(/[^\p{L}\p{N}]/gu, '')
  return SAME[plain] ?? plain
}
const alike = (one: string, other: string): boolean => one !== '' && other !== '' && (one.includes(other) || other.includes(one))
const typeOf = (type: string): string => TYPES[type] ?? type
const FIELDS = ['browser', 'browserVersion', 'system', 'systemVersion', 'type'] as const
type Field = typeof FIELDS[number]

function opinionOf ({ browser, os, deviceType }: Device): Opinion {
  return {
    browser: browser?.name ?? '',
    browserVersion: majorOf(browser?.version),
    system: os?.name ?? '',
    systemVersion: majorOf(os?.version),
    type: deviceType
  }
}

function agree (field: Field, one: Opinion, other: Opinion): boolean {
  if (field === 'type') return one.type !== '' && typeOf(one.type) === typeOf(other.type)
  if (field === 'browser' || field === 'system') return alike(fold(one[field]), fold(other[field]))
  return one[field] === other[field]
}

/** Versions that browsers write for ever, or that tell nothing (a Mac's 10); we leave them out, and Linux has none. */
function isNoVersion ({ system, systemVersion }: Opinion, userAgent: string): boolean {
  switch (fold(system)) {
    case 'windows': return systemVersion === '10'
    case 'macos': return systemVersion === '10'
    case 'android': return /Android 10; K\)/.test(userAgent)
    default: return /linux|chromeos|ubuntu|fedora|debian/.test(fold(system))
  }
}

const describe = (userAgent: string): Device => describeDevice({ 'user-agent': userAgent })
const percent = (part: number, of: number): string => `${(100 * part / of).toFixed(1)} %`

/** Right of how many. */
type Share = [right: number, of: number]

interface Agreement {
  fields: Record<Field, Share>
  /** Browser, system and type, of rows where the others agree on one of them at least. */
  three: Share
  /** All fields, of rows where the others agree on all of them. */
  all: Share
}

/** Of the rows where two other parsers agree, how many we say the same of: field by field, and all together. */
function agreement (userAgents: string[]): Agreement {
  const [matomo, bowser] = otherParsers() as [(userAgent: string) => Opinion, (userAgent: string) => Opinion]
  const fields = Object.fromEntries(FIELDS.map((field) => [field, [0, 0]])) as Agreement['fields']
  const [three, all]: [Share, Share] = [[0, 0], [0, 0]]
  for (const userAgent of userAgents) {
    const own = opinionOf(describe(userAgent))
    const [one, other] = [matomo(userAgent), bowser(userAgent)]
    const right = (field: Field): boolean => agree(field, own, one) || agree(field, own, other) ||
      (field === 'systemVersion' && own.systemVersion === '' && isNoVersion(one, userAgent))
    // The others have no word for an app's pages, a tool or a bot.
    const unknown = ['app', 'cli', 'bot'].includes(own.type)
    const asked = FIELDS.filter((field) => agree(field, one, other) && (!unknown || field.startsWith('system')))
    // Where both leave a version out there is nothing to be right about.
    for (const field of asked) if (one[field] !== '') count(fields[field], right(field))
    const plain = asked.filter((field) => !field.endsWith('Version'))
    if (plain.length > 0) count(three, plain.every(right))
    if (asked.length < FIELDS.length) continue
    const wrong = asked.filter((field) => one[field] !== '' && !right(field))
    count(all, wrong.length === 0)
    if (SAYS_WRONG && wrong.length > 0) console.log(wrong.join(), JSON.stringify(own), JSON.stringify(one), userAgent)
  }
  return { fields, three, all }
}

function count (share: Share, right: boolean): void {
  share[1]++
  if (right) share[0]++
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

const row = (name: string, { fields, three, all }: Agreement): string => {
  const each = FIELDS.map((field) => percent(...fields[field])).join(' | ')
  return `| ${name} | ${each} | ${percent(...three)} of ${three[1]} | ${percent(...all)} of ${all[1]} |`
}
const measured = `| set | browser | its version | system | its version | type | browser, system and type | all fields |
| --- | --- | --- | --- | --- | --- | --- | --- |
${row('real visits of 2019 to 2026 (`user-agents`, five releases)', real)}
${row(`oddities of two decades (\`@financial-times/useragent_parser\`, every ${EVERY}th)`, strange)}

Asked is what two other parsers (Matomo's and bowser) agree on: in its column each field, in the last but one rows where they agree on one of the three at least, in the last those where they agree on everything (a version that both leave out is not asked). Versions are major ones; where the header's is frozen or tells nothing (Windows 10, a Mac's 10, "Android 10; K", Linux), none is right, too. What they have no word for, an app, a tool or a bot, is not asked for its browser and type.

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
