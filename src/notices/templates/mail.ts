/** A notice as a mail: one list of facts, written as text and as HTML. Escapes everything; needs no images and no web fonts. */
import type { MailContent, Notice } from '../../notice-types.ts'
import { languageOf, type Language } from './language.ts'
import { escapeHtml, oneLine, withoutLinks } from './lines.ts'
import type { Names } from './words.ts'

interface Fact {
  name: string
  /** Several: a list. */
  values: string[]
}

/** The standard mail; `notify.mail.template` may change it. */
export function writeMail (notice: Notice): MailContent {
  const language = languageOf(notice.recipient ?? {})
  const names = namesOf(notice)
  const { words } = language
  const facts = factsOf(notice, language)
  const parts: MailParts = {
    names,
    facts,
    title: words.title[notice.kind],
    intro: words.intro[notice.kind](names),
    report: notice.report === null ? null : { url: notice.report.url, until: words.validUntil(language.time(notice.report.until)) },
    password: passwordHint(notice)
  }
  return {
    // Of single lines: nothing begins another header.
    subject: words.subject[notice.kind](names),
    text: asText(parts, language),
    html: asHtml(parts, language)
  }
}

interface MailParts {
  names: Names
  facts: Fact[]
  title: string
  intro: string
  report: { url: string, until: string } | null
  /** Where the password can be changed; null where that would help nobody. */
  password: string | null
}

export function namesOf ({ app, session, recipient, userId, ended }: Pick<Notice, 'app' | 'session' | 'recipient' | 'userId' | 'ended'>): Names {
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
export function passwordHint ({ method, changePasswordUrl }: Pick<Notice, 'method' | 'changePasswordUrl'>): string | null {
  return method === null || method === 'password' ? changePasswordUrl : null
}

function factsOf (notice: Notice, { words, time, country }: Language): Fact[] {
  const { session, method, kind } = notice
  const reasons = kind === 'suspicious' ? notice.reasons.map((reason) => words.reason(reason, country)).filter((text) => text !== null) : []
  const list: Array<[keyof typeof words.facts, Array<string | null | undefined>]> = [
    ['account', [namesOf(notice).account]],
    ['device', [session === null ? null : withoutLinks(session.deviceName)]],
    ['place', [session === null ? null : placeOf(session.location, country)]],
    ['address', [session?.ipAddress ?? notice.ipAddress]],
    ['time', [time(notice.at)]],
    ['method', [method === null ? null : withoutLinks(words.methods[method] ?? method)]],
    ['why', reasons.map(withoutLinks)]
  ]
  return list.map(([name, values]) => ({ name: words.facts[name], values: values.filter((value) => typeof value === 'string' && value !== '') as string[] }))
    .filter(({ values }) => values.length > 0)
}

function placeOf (location: NonNullable<Notice['session']>['location'], country: (code: string) => string): string | null {
  if (location === null) return null
  const land = location.countryCode === null ? location.country : country(location.countryCode)
  const parts = [location.city, location.region === location.city ? null : location.region, land].filter((part) => part !== null)
  return parts.length === 0 ? null : withoutLinks(parts.join(', '))
}

function asText ({ names, title, intro, facts, report, password }: MailParts, { words }: Language): string {
  const lines = [title, '', intro, '', ...facts.flatMap(({ name, values }) => values.length === 1 ? [`${name}: ${values[0]}`] : [`${name}:`, ...values.map((value) => `- ${value}`)]), '']
  if (report === null) {
    lines.push(words.wasYou, '', words.notYouAtAll)
    if (password !== null) lines.push(password)
  } else {
    lines.push(words.wasYou, '', `${words.wasNotYou} ${words.button}:`, report.url, '', words.buttonExplained, report.until)
    if (password !== null) lines.push('', words.changePassword, password)
  }
  return [...lines, '', '-- ', words.footer(names), ''].join('\n')
}

/** Colours for light and dark. Programs that know no media queries show the light ones. */
const STYLE = `
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
  .page { background: #14171c !important; }
  .card { background: #1f242c !important; border-color: #39414d !important; }
  .ink { color: #f1f3f6 !important; }
  .soft { color: #aeb7c4 !important; }
  .line { border-color: #39414d !important; }
  .button { background: #ff8a73 !important; color: #2a0b04 !important; }
  .link { color: #9cc2ff !important; }
}`.trim()
const FONT = 'font-family: -apple-system, BlinkMacSystemFont, \'Segoe UI\', Roboto, Helvetica, Arial, sans-serif;'

function asHtml ({ names, title, intro, facts, report, password }: MailParts, { words }: Language): string {
  const rows = facts.map(({ name, values }, index) => {
    const line = index === 0 ? '' : 'border-top: 1px solid #e3e7ed;'
    const shown = values.length === 1 ? escapeHtml(values[0] as string) : values.map((value) => `<div style="margin: 0 0 6px">${escapeHtml(value)}</div>`).join('')
    return `<tr><td class="line" style="${line} padding: 10px 0;"><div class="soft" style="font-size: 13px; line-height: 18px; color: #5b6675;">${escapeHtml(name)}</div>` +
      `<div class="ink" style="font-size: 16px; line-height: 23px; color: #1a2029; overflow-wrap: anywhere;">${shown}</div></td></tr>`
  }).join('\n')
  const paragraph = (text: string, strong = false): string => `<p class="ink" style="margin: 0 0 16px; font-size: 16px; line-height: 24px; color: #1a2029;${strong ? ' font-weight: 600;' : ''}">${escapeHtml(text)}</p>`
  const small = (text: string): string => `<p class="soft" style="margin: 0 0 8px; font-size: 14px; line-height: 20px; color: #5b6675;">${escapeHtml(text)}</p>`
  const link = (url: string): string => `<p style="margin: 0 0 16px; font-size: 15px; line-height: 22px;"><a class="link" href="${escapeHtml(url)}" style="color: #1b5fc1; overflow-wrap: anywhere;">${escapeHtml(url)}</a></p>`
  const button = report === null
    ? paragraph(words.notYouAtAll, true)
    : `${paragraph(words.wasNotYou, true)}
<p style="margin: 0 0 16px;"><a class="button" href="${escapeHtml(report.url)}" style="display: inline-block; padding: 13px 22px; border-radius: 8px; background: #b42318; color: #ffffff; font-size: 16px; line-height: 22px; font-weight: 600; text-decoration: none;">${escapeHtml(words.button)}</a></p>
${small(words.buttonExplained)}
${small(report.until)}`
  const change = password === null ? '' : `${report === null ? '' : paragraph(words.changePassword)}${link(password)}`
  return `<!doctype html>
<html lang="${words.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escapeHtml(title)}</title>
<style>
${STYLE}
</style>
</head>
<body class="page" style="margin: 0; padding: 0; background: #f2f4f7; ${FONT}">
<table class="page" role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background: #f2f4f7;"><tr><td align="center" style="padding: 24px 12px;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width: 560px; text-align: left;">
<tr><td class="soft" style="padding: 0 4px 12px; font-size: 15px; line-height: 20px; font-weight: 600; color: #5b6675; ${FONT}">${escapeHtml(names.app)}</td></tr>
<tr><td class="card" style="background: #ffffff; border: 1px solid #dfe4ea; border-radius: 12px; padding: 28px 24px; ${FONT}">
<h1 class="ink" style="margin: 0 0 12px; font-size: 22px; line-height: 29px; font-weight: 650; color: #1a2029;">${escapeHtml(title)}</h1>
${paragraph(intro)}
<table class="line" role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin: 4px 0 20px; border-top: 1px solid #e3e7ed; border-bottom: 1px solid #e3e7ed;">
${rows}
</table>
${paragraph(words.wasYou)}
${button}
${change === '' ? '' : `<div style="height: 8px; line-height: 8px;">&nbsp;</div>${change}`}
</td></tr>
<tr><td class="soft" style="padding: 16px 4px 0; font-size: 13px; line-height: 19px; color: #5b6675; ${FONT}">${escapeHtml(words.footer(names))}</td></tr>
</table>
</td></tr></table>
</body>
</html>
`
}
