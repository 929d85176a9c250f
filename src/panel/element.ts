/** What both panels are: an element that reads its attributes, speaks the page's language, and asks the server. */
import type { Context } from './context.ts'
import { button, h, setText } from './dom.ts'
import { createServer, explain, isSignedOut, mayPass, type Refusal, type TokenSource } from './server.ts'
import { sheet, STYLE } from './style.ts'
import type { SharedTexts } from './texts/shared-en.ts'
import { chooseLanguage, type Language, type OwnTexts, type Shipped } from './texts/texts.ts'
import { createWords } from './words.ts'

/** On a server, where pages are rendered ahead, there is no such class, and nothing to do. */
const Base = globalThis.HTMLElement ?? (class {} as unknown as typeof HTMLElement)

/** With the words that this says. */
type Opened<Texts> = typeof import('./opened.ts') & { en: Partial<Texts> }

/** `Parts`: what opens on a click, fetched once the list has been asked for. */
export abstract class SessionsElement<Texts extends SharedTexts, Parts extends Opened<Texts>> extends Base {
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
  #texts: OwnTexts<Texts> | undefined
  #root: ShadowRoot | null = null
  #opened: Promise<Parts> | undefined
  #learn: Language<Texts>['learn'] = () => {}
  #turn = 0
  #about = ''
  /** There while the panel is shown. */
  protected context!: Context<Texts>

  protected readonly css: string = STYLE
  protected abstract readonly shipped: Shipped<Texts>
  protected abstract readonly fetchOpened: () => Promise<Parts>
  protected abstract build (): Node[]
  protected abstract start (): void
  protected abstract stop (): void

  /** Words of the page's own, by name; the others stay. */
  get texts (): OwnTexts<Texts> | undefined { return this.#texts }
  set texts (texts) {
    this.#texts = texts
    this.#restart()
  }

  connectedCallback (): void {
    // what the page said before this class was known stands in the setter's way
    if (Object.hasOwn(this, 'texts')) {
      const { texts } = this
      Reflect.deleteProperty(this, 'texts')
      this.#texts = texts
    }
    this.#restart()
  }

  disconnectedCallback (): void {
    this.#turn++
    this.stop()
  }

  attributeChangedCallback (): void { this.#restart() }

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
      // now, and not with the click: it has to work where the network is gone by then, or a new version is out
      this.opened().catch(() => {})
    })
  }

  #show ({ say, tag, foreign, learn }: Language<Texts>): void {
    this.#learn = learn
    const origin = new URL(this.getAttribute('url') ?? '', location.href).origin
    const prefix = (this.getAttribute('prefix') ?? '/api').replace(/^\/*(?=.)/, '/').replace(/\/+$/, '')
    const level = Number(this.getAttribute('heading-level') ?? 2)
    const root = this.#root ??= this.#attach()
    const words = createWords(tag)
    this.context = {
      say,
      tag,
      words,
      origin,
      prefix,
      server: createServer({
        base: origin + prefix,
        token: this.token,
        onDate: words.setClock,
        stepUp: async (server) => this.reauthenticate === undefined
          ? await (await this.opened()).askPassword(root, this.context, server)
          : await this.reauthenticate()
      }),
      heading: (depth, attributes, ...children) =>
        h(`h${Math.min(6, Math.max(1, level + depth))}` as 'h2', attributes, ...children),
      explain: (refusal) => explain(refusal, say, this.context.words),
      attempt: (work, about) => this.#attempt(work, about),
      ask: async (question) => await (await this.opened()).ask(root, { ...question, cancel: say('cancel') }),
      confirm: async (question, work) => {
        let sure = false
        return await this.#attempt(async () => {
          sure ||= await this.context.ask(question)
          if (sure) await work()
        })
      }
    }
    this.message('')
    root.replaceChildren(
      h(
        'section',
        { lang: tag, dir: foreign && 'ltr', 'aria-labelledby': 't' },
        ...this.build(),
        this.#message,
        this.#announcement
      )
    )
  }

  #attach (): ShadowRoot {
    const root = this.attachShadow({ mode: 'open' })
    root.adoptedStyleSheets = [sheet(this.css)]
    return root
  }

  /** What opens on a click, with how it looks and what it says; asked for again where it did not come. */
  protected async opened (): Promise<Parts> {
    this.#opened ??= this.fetchOpened().then((parts) => {
      this.#root?.adoptedStyleSheets.push(sheet(parts.OPENED_STYLE))
      return parts
    }, (error) => {
      this.#opened = undefined
      throw Object.assign(error as Error, { status: 0 })
    })
    const parts = await this.#opened
    this.#learn(parts.en)
    return parts
  }

  protected announce (text: string): void { setText(this.#announcement, text) }

  protected message (text: string, about = '', ...more: Node[]): void {
    this.#about = about
    this.#message.hidden = text === ''
    this.#message.replaceChildren(text, ...more)
  }

  async #attempt (work: () => Promise<unknown>, about = 'action'): Promise<boolean> {
    const { say } = this.context
    try {
      await work()
      if (this.#about === about) this.message('')
      return true
    } catch (error) {
      const refusal = error as Refusal
      if (isSignedOut(refusal)) this.signedOut(refusal)
      // a dialog that was given up says nothing
      else if (refusal.code !== 'SESSION_REAUTHENTICATION_REQUIRED') {
        const again = (): Promise<boolean> => this.#attempt(work, about)
        this.message(this.context.explain(refusal), about, ...mayPass(refusal) ? [button('', say('retry'), again)] : [])
      }
      return false
    }
  }

  protected signedOut (_how: object): void {
    this.#root?.querySelector('dialog')?.close()
    this.message(this.context.say('signedOut'))
  }
}
