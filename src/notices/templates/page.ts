/** The page behind "This wasn't me": plain HTML, one stylesheet by link, no script. Nothing on it submits itself. */
import { escapeHtml } from './lines.ts'

export interface PageForm {
  action: string
  button: string
}

export interface PageContent {
  language: string
  app: string
  title: string
  /** Paragraphs. */
  text: readonly string[]
  form?: PageForm | null
  /** Below: more that can be done. */
  sections?: readonly PageSection[]
  stylesheet: string
}

export interface PageSection {
  text: string
  form?: PageForm
  link?: { href: string, text: string }
}

/** No one else's page may frame it, and nothing of others' is loaded. */
export const PAGE_CSP =
  "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

export function writePage (
  { language, app, title, text, form = null, sections = [], stylesheet }: PageContent
): string {
  const paragraphs = text.map((words) => `<p>${escapeHtml(words)}</p>`).join('\n')
  const below = sections.map((section) => `<section>
<p>${escapeHtml(section.text)}</p>
${section.form === undefined ? '' : formOf(section.form, 'second')}${
      section.link === undefined ? '' : linkOf(section.link)
    }
</section>`
  ).join('\n')
  return `<!doctype html>
<html lang="${escapeHtml(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)} · ${escapeHtml(app)}</title>
<link rel="stylesheet" href="${escapeHtml(stylesheet)}">
</head>
<body>
<main>
<p class="app">${escapeHtml(app)}</p>
<h1>${escapeHtml(title)}</h1>
${paragraphs}
${form === null ? '' : formOf(form, 'first')}
${below}
</main>
</body>
</html>
`
}

function formOf ({ action, button }: PageForm, kind: string): string {
  return `<form method="post" action="${escapeHtml(action)}"><button class="${kind}" type="submit">${
    escapeHtml(button)
  }</button></form>`
}

function linkOf ({ href, text }: NonNullable<PageSection['link']>): string {
  return `<p><a class="button" href="${escapeHtml(href)}" rel="noreferrer">${escapeHtml(text)}</a></p>`
}

export const PAGE_STYLE = `
:root { color-scheme: light dark; --page: #f2f4f7; --card: #fff; --ink: #1a2029; --soft: #5b6675; --line: #dfe4ea; --act: #b42318; --on-act: #fff; --focus: #1b5fc1; }
@media (prefers-color-scheme: dark) {
  :root { --page: #14171c; --card: #1f242c; --ink: #f1f3f6; --soft: #aeb7c4; --line: #39414d; --act: #ff8a73; --on-act: #2a0b04; --focus: #9cc2ff; }
}
* { box-sizing: border-box; }
body { margin: 0; padding: 24px 12px; background: var(--page); color: var(--ink); font: 17px/1.5 system-ui, sans-serif; }
main { max-width: 34rem; margin: 0 auto; padding: 28px 24px; background: var(--card); border: 1px solid var(--line); border-radius: 12px; overflow-wrap: anywhere; }
h1 { margin: 0 0 12px; font-size: 1.45rem; line-height: 1.3; }
p { margin: 0 0 14px; }
.app { color: var(--soft); font-size: 0.95rem; font-weight: 600; }
form { margin: 20px 0 0; }
section { margin: 28px 0 0; padding: 24px 0 0; border-top: 1px solid var(--line); }
section > :last-child { margin-bottom: 0; }
button, .button { display: inline-block; width: 100%; padding: 13px 20px; border-radius: 8px; border: 1px solid transparent; font: inherit; font-weight: 600; text-align: center; text-decoration: none; cursor: pointer; }
.first { background: var(--act); color: var(--on-act); }
.second, .button { background: transparent; color: var(--ink); border-color: var(--soft); }
section form { margin: 0; }
button:focus-visible, .button:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
@media (min-width: 32rem) { button, .button { width: auto; } }
`.trimStart()
