/** What both panels are: an element that reads its attributes, speaks the page's language, and asks the server. */
import { ask, type Question } from './dialog.ts'
import { button, h, setText } from './dom.ts'
import { askPassword } from './password.ts'
import type { RowContext } from './row.ts'
import { createServer, explain, isSignedOut, mayPass, type Refusal, type Server, type TokenSource } from './server.ts'
import { STYLE } from './style.ts'
import type { SharedTexts } from './texts/shared-en.ts'
import { chooseLanguage, type Language, type OwnTexts, type Say, type Shipped } from './texts/texts.ts'
import { createWords } from './words.ts'

/** On a server, where pages are rendered ahead, there is no such class, and nothing to do. */
const Base = globalThis.HTMLElement ?? (class {} as unknown as typeof HTMLElement)

/** What the parts of a panel are given. */
export interface Context<Texts extends SharedTexts> extends RowContext {
  say: Say<Texts>
  tag: string
  server: Server
  origin: string
  prefix: string
}

/** `All`: texts that the page may replace, with those of parts that are fetched later. */
export abstract class SessionsElement<Texts extends SharedTexts, All extends Texts = Texts> extends Base {
  static readonly observedAttributes = ['url', 'prefix', 'lang', 'heading-level']

  /** The token, or a function that gives it. @default none: the cookie is used */
  declare token?: TokenSource
  /**
   * Asks the person who they are, when the server wants a recent proof; resolves to whether they proved it.
   * @default the password, in a dialog
   */
  declare reauthenticate?: () => Promise<boolean>

  /** For screen readers: what has just happened. */
  readonly #announcement = h('div', { role: 'status', class: 'say' })
  /** For what failed; below the list, so that it moves nothing. */
  readonly #message = h('div', { part: 'message', role: 'alert', class: 'message' })
  #texts: OwnTexts<All> | undefined
  #root: ShadowRoot | null = null
  #turn = 0
  /** What the message is about: what works again takes back only its own. */
  #about = ''
  /** There while the panel is shown. */
  protected context!: Context<Texts>

  protected readonly css: string = STYLE
  protected abstract readonly shipped: Shipped<Texts>
  protected abstract build (): Node[]
  protected abstract start (): void
  protected abstract stop (): void

  /** Words of the page's own, by name; the others stay. */
  get texts (): OwnTexts<All> | undefined { return this.#texts }
  set texts (texts) {
    this.#texts = texts
    this.#restart()
  }

  connectedCallback (): void {
    // what the page said before this class was known stands in the setter's way
    for (const name of ['texts', ...this.lateProperties]) {
      if (!Object.hasOwn(this, name)) continue
      const value: unknown = Reflect.get(this, name)
      Reflect.deleteProperty(this, name)
      Reflect.set(this, name, value)
    }
    this.#restart()
  }

  disconnectedCallback (): void {
    this.#turn++
    this.stop()
  }

  attributeChangedCallback (): void { this.#restart() }

  /** Properties with a setter, beside `texts`. */
  protected get lateProperties (): string[] { return [] }

  /** Reads attributes and texts again, once for several changes, and begins anew. */
  #restart (): void {
    const turn = ++this.#turn
    if (!this.isConnected) return
    queueMicrotask(async () => {
      if (turn !== this.#turn) return
      const language = await chooseLanguage(
        this.closest<HTMLElement>('[lang]')?.lang || navigator.language,
        this.shipped,
        this.#texts
      )
      if (turn !== this.#turn) return
      this.stop()
      this.#show(language)
      this.start()
    })
  }

  #show ({ say, tag, foreign }: Language<Texts>): void {
    const origin = new URL(this.getAttribute('url') ?? '', location.href).origin
    const prefix = (this.getAttribute('prefix') ?? '/api').replace(/^\/*(?=.)/, '/').replace(/\/+$/, '')
    const level = Number(this.getAttribute('heading-level') ?? 2)
    const stepUp = (server: Server): Promise<boolean> =>
      this.reauthenticate === undefined
        ? askPassword(this.#root as ShadowRoot, this.context, server)
        : this.reauthenticate()
    this.context = {
      say,
      tag,
      words: createWords(tag),
      origin,
      prefix,
      server: createServer({ base: origin + prefix, token: this.token, stepUp }),
      heading: (depth, attributes, ...children) =>
        h(`h${Math.min(6, Math.max(1, level + depth))}` as 'h2', attributes, ...children)
    }
    if (this.#root === null) {
      this.#root = this.attachShadow({ mode: 'open' })
      const sheet = new CSSStyleSheet()
      sheet.replaceSync(this.css)
      this.#root.adoptedStyleSheets = [sheet]
    }
    this.message('')
    this.#root.replaceChildren(
      h(
        'section',
        { lang: tag, dir: foreign && 'ltr', 'aria-labelledby': 't' },
        ...this.build(),
        this.#message,
        this.#announcement
      )
    )
  }

  protected announce (text: string): void { setText(this.#announcement, text) }

  protected message (text: string, about = '', ...more: Node[]): void {
    this.#about = about
    this.#message.hidden = text === ''
    this.#message.replaceChildren(text, ...more)
  }

  protected ask (question: Omit<Question, 'cancel'>): Promise<boolean> {
    return ask(this.#root as ShadowRoot, { ...question, cancel: this.context.say('cancel') })
  }

  /** Does something that the server may refuse: then it says so, and offers to repeat what may pass. False: refused. */
  protected async attempt (work: () => Promise<unknown>, about = 'action'): Promise<boolean> {
    const { say, words } = this.context
    try {
      await work()
      if (this.#about === about) this.message('')
      return true
    } catch (error) {
      const refusal = error as Refusal
      if (isSignedOut(refusal)) this.signedOut(refusal)
      // a dialog that was given up says nothing
      else if (refusal.code !== 'SESSION_REAUTHENTICATION_REQUIRED') {
        const again = (): Promise<boolean> => this.attempt(work, about)
        this.message(explain(refusal, say, words), about, ...mayPass(refusal) ? [button('', say('retry'), again)] : [])
      }
      return false
    }
  }

  protected signedOut (_how: object): void { this.message(this.context.say('signedOut')) }
}
