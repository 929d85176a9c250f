/**
 * `fastify-live-sessions/admin-panel`: `<live-sessions-admin>`, everybody's sessions, for those who may end them. Long,
 * because the search, its pages and what is new are one list.
 */
import { createAdminRow, type AdminSession } from './admin-row.ts'
import { button, h, setText } from './dom.ts'
import { SessionsElement } from './element.ts'
import type { Filter } from './filter-form.ts'
import { createLabels, type DescribeUser } from './labels.ts'
import { createRows, type Rows } from './rows.ts'
import { createSearch } from './search.ts'
import { ADMIN_STYLE } from './style-admin.ts'
import { en, type AdminTexts } from './texts/admin-en.ts'

export type { DescribeUser, Labels } from './labels.ts'
export type { AdminTexts } from './texts/admin-en.ts'
export type { Text } from './texts/texts.ts'

interface Page { items: AdminSession[], nextCursor: string | null }
type Parts = typeof import('./opened-admin.ts')

const PAGE = 50
const MOST = 200
/** No socket tells of other people's sessions: a list that is looked at is asked for again this often. */
const REFRESH_MS = 15_000

/**
 * Rows never change places while they are seen: what is new is counted above them and shown when it is asked for, what
 * has ended stays and says so.
 *
 * Event: `signedout` (detail: `{reason}`).
 */
export class LiveSessionsAdmin extends SessionsElement<AdminTexts, Parts> {
  /** Gives what the app calls these users: e-mail or name, by id. @default their ids are shown */
  declare describeUser?: DescribeUser
  /** Gives the id of the user that this text names, an e-mail address say; null: nobody. @default ids only */
  declare findUser?: (text: string) => Promise<string | null>

  protected override readonly css = ADMIN_STYLE
  protected readonly shipped = { en, de: async () => (await import('./texts/admin-de.ts')).de }
  protected readonly fetchOpened = (): Promise<Parts> => import('./opened-admin.ts')
  readonly #labels = createLabels()
  #rows!: Rows<AdminSession>
  #search!: ReturnType<typeof createSearch>
  #found = h('p')
  #fresh = h('button')
  #more = h('button')
  #query = new URLSearchParams()
  #cursor: string | null = null
  #turn = 0
  #stop = new AbortController()

  protected build (): Node[] {
    const { say, heading, words } = this.context
    this.#rows = createRows(words)
    this.#search = createSearch(say, () => this.#load())
    this.#found = h('p', { class: 'muted', part: 'summary' })
    this.#fresh = button('fresh', '', () => this.#load())
    this.#more = button('more', say('more'), () => this.#append())
    this.#more.hidden = true
    this.#tellFresh(0)
    return [
      h(
        'header',
        { part: 'header' },
        h('div', {}, heading(0, { id: 't', part: 'title' }, say('title')), this.#found),
        this.#fresh
      ),
      this.#search.element,
      this.#rows.element,
      this.#more,
      this.#buildMany()
    ]
  }

  #buildMany (): HTMLDetailsElement {
    const { say, attempt } = this.context
    const many: HTMLDetailsElement = h('details', {
      part: 'many',
      toggle: () => attempt(async () => {
        const { createFilterForm } = await this.opened()
        if (many.childElementCount > 1) return
        many.append(...createFilterForm(say, (filter, reason) => this.#endMany(filter, reason)))
      })
    }, h('summary', {}, say('many')))
    return many
  }

  protected start (): void {
    this.#stop = new AbortController()
    const { signal } = this.#stop
    const refresh = (): void => { if (!document.hidden) void this.#refresh() }
    for (const name of ['focus', 'online', 'pageshow']) addEventListener(name, refresh, { signal })
    document.addEventListener('visibilitychange', refresh, { signal })
    const timer = setInterval(refresh, REFRESH_MS)
    signal.addEventListener('abort', () => { clearInterval(timer) })
    void this.#load()
  }

  protected stop (): void {
    this.#stop.abort()
    this.#turn++
  }

  async #get (more: Record<string, string>, query = this.#query): Promise<Page> {
    const all = new URLSearchParams([...query, ...Object.entries(more)])
    const page = await this.context.server<Page>('GET', `/admin/sessions?${all}`)
    await this.#labels.learn(page.items.map(({ userId }) => userId), this.describeUser)
    return page
  }

  /** What is searched for, from the start. */
  async #load (): Promise<void> {
    const turn = ++this.#turn
    await this.context.attempt(async () => {
      const query = await this.#search.read(this.findUser)
      const { items, nextCursor } = await this.#get({ limit: String(PAGE) }, query)
      if (turn !== this.#turn) return
      this.#query = query
      this.#rows.clear()
      this.#add(items, nextCursor)
    })
  }

  async #append (): Promise<void> {
    const turn = this.#turn
    await this.context.attempt(async () => {
      const { items, nextCursor } = await this.#get({ limit: String(PAGE), cursor: this.#cursor ?? '' })
      if (turn !== this.#turn) return
      this.#add(items, nextCursor)
      this.#rows.get(items[0]?.id ?? '')?.element.focus()
    })
  }

  #add (items: AdminSession[], nextCursor: string | null): void {
    const { say } = this.context
    this.#cursor = nextCursor
    this.#more.hidden = nextCursor === null
    this.#tellFresh(0)
    for (const session of items) {
      if (this.#rows.get(session.id) !== undefined) continue
      this.#rows.add(createAdminRow(this.context, session, {
        opened: () => this.opened(),
        labelOf: (userId) => this.#labels.of(userId),
        ended: (row) => {
          row.end()
          this.announce(say('endedName', { name: row.label }))
        },
        endAllOf: (userId) => this.#endMany({ userId })
      }))
    }
    this.#rows.update()
    const count = String(this.#rows.all().length)
    setText(this.#found, count === '0' ? say('nothing') : say(nextCursor === null ? 'found' : 'foundMore', { count }))
    this.announce(this.#found.textContent ?? '')
  }

  /** The same list again: what is shown is brought up to date in its place, what is new is counted. */
  async #refresh (): Promise<void> {
    const turn = this.#turn
    await this.context.attempt(async () => {
      const rows = this.#rows.all()
      const { items, nextCursor } = await this.#get({ limit: String(Math.min(MOST, rows.length + PAGE)) })
      if (turn !== this.#turn) return
      const now = new Map(items.map((session) => [session.id, session]))
      const oldest = nextCursor === null ? '' : items.at(-1)?.createdAt ?? '~'
      for (const row of rows) {
        const session = now.get(row.session.id)
        const gone = session === undefined
          ? row.session.createdAt > oldest
          : session.status !== 'active' && row.session.status === 'active'
        if (session !== undefined) row.session = session
        if (gone && !row.over) row.end()
      }
      this.#rows.update()
      const newest = rows.map(({ session }) => session.createdAt).sort().at(-1) ?? ''
      const count = items.filter(({ id, createdAt }) => !this.#rows.get(id) && createdAt > newest).length
      this.#tellFresh(count)
    }, 'load')
  }

  /** Its place is kept: the rows must not move when it comes. */
  #tellFresh (count: number): void {
    this.#fresh.style.visibility = count === 0 ? 'hidden' : 'visible'
    setText(this.#fresh, this.context.say('fresh', { count: String(count) }))
  }

  async #endMany (filter: Filter, reason = 'revoked_by_admin'): Promise<void> {
    const { endMany } = await this.opened()
    await endMany(this.context, { filter, reason }, {
      tell: (text) => { this.message(text) },
      ended: () => this.#refresh()
    })
  }

  protected override signedOut (how: { reason?: string | null | undefined }): void {
    if (this.#stop.signal.aborted) return
    this.stop()
    this.#rows.clear()
    super.signedOut(how)
    this.dispatchEvent(
      new CustomEvent('signedout', { detail: { reason: how.reason ?? null }, bubbles: true, composed: true })
    )
  }
}

declare global {
  interface HTMLElementTagNameMap { 'live-sessions-admin': LiveSessionsAdmin }
}

globalThis.customElements?.get('live-sessions-admin') ??
  globalThis.customElements?.define('live-sessions-admin', LiveSessionsAdmin)
