/** A notice as a mail: one list of facts, written as text here, and as HTML in mail-html.ts. */
import type { MailContent, Notice } from '../../notice-types.ts'
import type { Location } from '../../protocol.ts'
import { languageOf, type Language } from './language.ts'
import { oneLine, withoutLinks } from './lines.ts'
import { writeHtml, type Fact, type MailParts } from './mail-html.ts'
import type { MailTopic, Names } from './words.ts'

/** The standard mail; `notify.mail.template` may change it. */
export function writeMail (notice: Notice): MailContent {
  const language = languageOf(notice.recipient ?? {})
  const names = namesOf(notice)
  const { words } = language
  const { report } = notice
  const facts = factsOf(notice, language)
  const topic: MailTopic = notice.refused ? 'refused' : notice.kind
  const parts: MailParts = {
    names,
    facts,
    title: words.title[topic],
    intro: words.intro[topic](names),
    wasYou: notice.refused ? words.wasYouRefused : words.wasYou,
    wasNotYou: report !== null ? words.wasNotYou : notice.refused ? words.notYouRefused : words.notYouAtAll,
    report: report === null ? null : { url: report.url, until: words.validUntil(language.time(report.until)) },
    password: passwordHint(notice)
  }
  return {
    // Of single lines: nothing begins another header.
    subject: words.subject[topic](names),
    text: asText(parts, language),
    html: writeHtml(parts, words)
  }
}

type Named = Pick<Notice, 'app' | 'session' | 'recipient' | 'userId' | 'ended'>

export function namesOf ({ app, session, recipient, userId, ended }: Named): Names {
  return {
    app: oneLine(app.name),
    host: hostOf(app.origin),
    account: oneLine(recipient?.account ?? recipient?.address ?? String(userId)),
    device: withoutLinks(session?.deviceName ?? ''),
    ended
  }
}

function hostOf (origin: string): string {
  return URL.canParse(origin) ? new URL(origin).host : origin
}

/** Whoever came with another proof than a password has none to change. */
export function passwordHint (notice: Pick<Notice, 'method' | 'changePasswordUrl'>): string | null {
  const { method, changePasswordUrl } = notice
  return method === null || method === 'password' ? changePasswordUrl : null
}

function factsOf (notice: Notice, { words, time, country }: Language): Fact[] {
  const { session, method, kind } = notice
  const reasons = kind === 'suspicious' ? notice.reasons.map((reason) => words.reason(reason, country) ?? '') : []
  const list: Array<[keyof typeof words.facts, Array<string | null>]> = [
    ['account', [namesOf(notice).account]],
    ['device', [session === null ? null : withoutLinks(session.deviceName)]],
    ['place', [session === null ? null : placeOf(session.location, country)]],
    ['address', [session?.ipAddress ?? notice.ipAddress]],
    ['time', [time(notice.at)]],
    ['method', [method === null ? null : withoutLinks(words.methods[method] ?? method)]],
    ['why', reasons.map(withoutLinks)]
  ]
  return list
    .map(([name, values]) => ({ name: words.facts[name], values: values.filter((value) => isShown(value)) }))
    .filter(({ values }) => values.length > 0)
}

function isShown (value: string | null): value is string {
  return value !== null && value !== ''
}

function placeOf (location: Location | null, country: Language['country']): string | null {
  if (location === null) return null
  const land = location.countryCode === null ? location.country : country(location.countryCode)
  const region = location.region === location.city ? null : location.region
  const parts = [location.city, region, land].filter((part) => part !== null)
  return parts.length === 0 ? null : withoutLinks(parts.join(', '))
}

function asText (parts: MailParts, { words }: Language): string {
  const { names, title, intro, facts, wasYou, wasNotYou, report, password } = parts
  const lines = [title, '', intro, '', ...facts.flatMap(factAsText), '', wasYou, '']
  if (report === null) {
    lines.push(wasNotYou)
    if (password !== null) lines.push(password)
  } else {
    lines.push(`${wasNotYou} ${words.button}:`, report.url, '')
    lines.push(words.buttonExplained, report.until)
    if (password !== null) lines.push('', words.changePassword, password)
  }
  return [...lines, '', '-- ', words.footer(names), ''].join('\n')
}

function factAsText ({ name, values }: Fact): string[] {
  return values.length === 1 ? [`${name}: ${values[0]}`] : [`${name}:`, ...values.map((value) => `- ${value}`)]
}
