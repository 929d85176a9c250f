/** A notice's mail as HTML: tables and inline styles, as mail programs know them; no images. Escapes everything. */
import { escapeHtml } from './lines.ts'
import type { Names, Words } from './words.ts'

export interface Fact {
  name: string
  /** Several: a list. */
  values: string[]
}

export interface MailParts {
  names: Names
  facts: Fact[]
  title: string
  intro: string
  wasYou: string
  /** What to do where it was somebody else. */
  wasNotYou: string
  report: { url: string, until: string } | null
  /** Where the password can be changed; null where that would help nobody. */
  password: string | null
}

/** Colours of the dark; programs that know no media queries show the light ones. */
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

const FONT = "font-family: -apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif;"
const INK = 'color: #1a2029;'
const SOFT = 'color: #5b6675;'
const TEXT = `margin: 0 0 16px; font-size: 16px; line-height: 24px; ${INK}`
const TABLE = 'role="presentation" width="100%" cellpadding="0" cellspacing="0"'
const BUTTON = 'display: inline-block; padding: 13px 22px; border-radius: 8px; background: #b42318; color: #ffffff; ' +
  'font-size: 16px; line-height: 22px; font-weight: 600; text-decoration: none;'

export function writeHtml (parts: MailParts, words: Words): string {
  const { names, title, intro, facts, wasYou, wasNotYou, report, password } = parts
  const answer = report === null
    ? [strong(wasNotYou)]
    : [strong(wasNotYou), button(report.url, words.button), small(words.buttonExplained), small(report.until)]
  const why = report === null ? [] : [gap(), paragraph(words.changePassword)]
  const change = password === null ? [] : [...why, link(password)]
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
<table class="page" ${TABLE} style="background: #f2f4f7;"><tr><td align="center" style="padding: 24px 12px;">
<table ${TABLE} style="max-width: 560px; text-align: left;">
<tr><td class="soft" style="padding: 0 4px 12px; font-size: 15px; line-height: 20px; font-weight: 600; ${SOFT} ${FONT}">
${escapeHtml(names.app)}
</td></tr>
<tr><td class="card"
  style="background: #ffffff; border: 1px solid #dfe4ea; border-radius: 12px; padding: 28px 24px; ${FONT}">
<h1 class="ink" style="margin: 0 0 12px; font-size: 22px; line-height: 29px; font-weight: 650; ${INK}">
${escapeHtml(title)}
</h1>
${paragraph(intro)}
<table class="line" ${TABLE}
  style="margin: 4px 0 20px; border-top: 1px solid #e3e7ed; border-bottom: 1px solid #e3e7ed;">
${facts.map(row).join('\n')}
</table>
${[paragraph(wasYou), ...answer, ...change].join('\n')}
</td></tr>
<tr><td class="soft" style="padding: 16px 4px 0; font-size: 13px; line-height: 19px; ${SOFT} ${FONT}">
${escapeHtml(words.footer(names))}
</td></tr>
</table>
</td></tr></table>
</body>
</html>
`
}

function row ({ name, values }: Fact, index: number): string {
  const line = index === 0 ? '' : 'border-top: 1px solid #e3e7ed; '
  const shown = values.length === 1
    ? escapeHtml(values[0] as string)
    : values.map((value) => `<div style="margin: 0 0 6px">${escapeHtml(value)}</div>`).join('')
  return `<tr><td class="line" style="${line}padding: 10px 0;">
<div class="soft" style="font-size: 13px; line-height: 18px; ${SOFT}">${escapeHtml(name)}</div>
<div class="ink" style="font-size: 16px; line-height: 23px; ${INK} overflow-wrap: anywhere;">${shown}</div>
</td></tr>`
}

function paragraph (text: string): string {
  return `<p class="ink" style="${TEXT}">${escapeHtml(text)}</p>`
}

function strong (text: string): string {
  return `<p class="ink" style="${TEXT} font-weight: 600;">${escapeHtml(text)}</p>`
}

function small (text: string): string {
  return `<p class="soft" style="margin: 0 0 8px; font-size: 14px; line-height: 20px; ${SOFT}">${escapeHtml(text)}</p>`
}

function button (url: string, text: string): string {
  return `<p style="margin: 0 0 16px;">
<a class="button" href="${escapeHtml(url)}" style="${BUTTON}">${escapeHtml(text)}</a></p>`
}

function link (url: string): string {
  const href = escapeHtml(url)
  return `<p style="margin: 0 0 16px; font-size: 15px; line-height: 22px;">
<a class="link" href="${href}" style="color: #1b5fc1; overflow-wrap: anywhere;">${href}</a></p>`
}

function gap (): string {
  return '<div style="height: 8px; line-height: 8px;">&nbsp;</div>'
}
