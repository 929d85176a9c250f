/**
 * `fastify-live-sessions/logged-out`: why a session ended, when, from which device, and what to do about it; as texts,
 * and as an element.
 */
import { h } from './dom.ts'
import { de } from './texts/logged-out-de.ts'
import { en, type LoggedOutTexts } from './texts/logged-out-en.ts'
import { THEME } from './theme.ts'
import { createWords } from './words.ts'

export type { LoggedOutTexts } from './texts/logged-out-en.ts'

/**
 * What is known of an end: a `LogoutEvent` of the client, or as much of it as there is. A reason that is unknown has
 * words, too.
 */
export interface EndedHow {
  reason?: string | null | undefined
  /** ISO 8601. */
  at?: string | null | undefined
  by?: { deviceName: string } | null | undefined
}

export interface DescribeOptions {
  /** @default the page's */
  lang?: string
  /** Words of the page's own, by name; the others stay. */
  texts?: Partial<LoggedOutTexts>
}

export interface LogoutDescription {
  title: string
  /** Why. */
  text: string
  /** When, and from which device; '' where neither is known. */
  when: string
  /** What to do if that was not you; '' where nobody else can have done it. */
  advice: string
}

/** In words; no code of the protocol's is ever shown. */
export function describeLogout (
  { reason, at, by }: EndedHow,
  { lang = pageLanguage(), texts }: DescribeOptions = {}
): LogoutDescription {
  const german = /^de\b/i.test(lang)
  const words: LoggedOutTexts = { ...german ? de : en, ...texts }
  const known = typeof reason === 'string' && Object.hasOwn(en, `${reason}_title`) ? reason as 'logout' : 'unknown'
  const tag = german || texts !== undefined || /^en\b/i.test(lang) ? lang : 'en'
  const valid = typeof at === 'string' && !Number.isNaN(Date.parse(at))
  const values: Record<string, string> = { device: by?.deviceName ?? '', time: valid ? createWords(tag).clock(at) : '' }
  const when = by ? (valid ? words.whenAndWhere : words.where) : valid ? words.when : ''
  return {
    title: words[`${known}_title`],
    text: words[`${known}_text`],
    when: when.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? ''),
    advice: words[ADVICE[known] ?? 'adviceNone']
  }
}

const ADVICE: Record<string, 'adviceOther' | 'advicePassword' | 'adviceAdmin'> = {
  replaced: 'adviceOther',
  revoked_by_user: 'adviceOther',
  concurrent_login: 'adviceOther',
  session_limit: 'adviceOther',
  reported_by_user: 'adviceOther',
  password_changed: 'advicePassword',
  revoked_by_admin: 'adviceAdmin',
  account_disabled: 'adviceAdmin'
}

function pageLanguage (element?: Element): string {
  const said = element === undefined
    ? globalThis.document?.documentElement.lang
    : element.closest<HTMLElement>('[lang]')?.lang
  return said || globalThis.navigator?.language || 'en'
}

const Base = globalThis.HTMLElement ?? (class {} as unknown as typeof HTMLElement)

/**
 * Shows {@link describeLogout}. Attributes: `reason`, `at`, `by` (a device's name), `lang`, `heading-level` (1),
 * `theme`; or all at once, as the property `logout`. What stands in it, a link to sign in, comes below.
 */
export class LiveSessionsLoggedOut extends Base {
  static readonly observedAttributes = ['reason', 'at', 'by', 'lang', 'heading-level']

  /** A `LogoutEvent` of the client, or the detail of a panel's `signedout`; before the attributes. */
  declare logout?: EndedHow
  declare texts?: Partial<LoggedOutTexts>
  #root: ShadowRoot | null = null

  connectedCallback (): void { this.#render() }
  attributeChangedCallback (): void { if (this.#root !== null) this.#render() }

  /** Shows how a session ended, and moves the focus there, so that a screen reader says it. */
  show (logout: EndedHow): void {
    this.logout = logout
    this.#render()
    this.#root?.querySelector<HTMLElement>('[tabindex]')?.focus({ preventScroll: true })
  }

  #render (): void {
    if (this.#root === null) {
      this.#root = this.attachShadow({ mode: 'open' })
      const sheet = new CSSStyleSheet()
      sheet.replaceSync(STYLE)
      this.#root.adoptedStyleSheets = [sheet]
    }
    const by = this.getAttribute('by')
    const how = this.logout ??
      { reason: this.getAttribute('reason'), at: this.getAttribute('at'), by: by ? { deviceName: by } : null }
    const { title, text, when, advice } = describeLogout(how, {
      lang: pageLanguage(this),
      ...this.texts && { texts: this.texts }
    })
    const level = this.getAttribute('heading-level') ?? '1'
    const parts = [
      h(`h${/^[1-6]$/.test(level) ? level : '1'}` as 'h1', { part: 'title', tabindex: '-1' }, title),
      h('p', { part: 'text' }, text),
      when !== '' && h('p', { part: 'when' }, when),
      advice !== '' && h('p', { part: 'advice' }, advice),
      h('slot')
    ]
    this.#root.replaceChildren(...parts.filter((part) => part !== false))
  }
}

const STYLE = `${THEME}
*{box-sizing:border-box}
:host([hidden]){display:none}
h1,h2,h3,h4,h5,h6{margin:0;font-size:1.5em;line-height:1.25;font-weight:650;outline:none}
p{margin:.75em 0 0;overflow-wrap:anywhere}
[part=text],[part=when]{color:var(--m)}
[part=advice]{padding:.75em 1em;border:1px solid var(--l);border-radius:var(--r);background:var(--s)}
slot{display:block;margin-top:1.25em}
`

declare global {
  interface HTMLElementTagNameMap { 'live-sessions-logged-out': LiveSessionsLoggedOut }
}

globalThis.customElements?.get('live-sessions-logged-out') ??
  globalThis.customElements?.define('live-sessions-logged-out', LiveSessionsLoggedOut)
