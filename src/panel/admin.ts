/** `fastify-live-sessions/admin-panel`: `<live-sessions-admin>`, everybody's sessions, for those who may end them. */
import type { Session, SessionDetail } from '../protocol.ts'
import { button, h, setText } from './dom.ts'
import { SessionsElement } from './element.ts'
import type { Filter } from './filter-form.ts'
import { labelled } from './fields.ts'
import { createLabels, type DescribeUser } from './labels.ts'
import { telltale } from './names.ts'
import { createRow, describe, detailsAction, type Row } from './row.ts'
import type { Refusal } from './server.ts'
import { ADMIN_STYLE } from './style-admin.ts'
import { en, type AdminTexts, type AllAdminTexts } from './texts/admin-en.ts'

export type { DescribeUser, Labels } from './labels.ts'
export type { AllAdminTexts as AdminTexts } from './texts/admin-en.ts'
export type { Text } from './texts/texts.ts'

type AdminSession = Session & { userId: string }
type UserRow = Row & { userId: string }
interface Page { items: AdminSession[], nextCursor: string | null }
interface Detail {
  session: SessionDetail & { userId: string }
  events: Array<{ at: string, type: string, reason: string | null, by: string | null, ipAddress: string | null }>
}

const PAGE = 50
const MOST = 200
/** No socket tells of other people's sessions: a list that is looked at is asked for again this often. */
const REFRESH_MS = 15_000
const ADDRESS = /^\d+(\.\d+){3}$|^[\da-f.]*:[\da-f.]*:[\da-f.:]*$/i

/**
 * Rows never change places while they are seen: what is new is counted above them and shown when it is asked for, what
 * has ended stays and says so.
 *
 * Event: `signedout` (detail: `{reason}`).
 */
export class LiveSessionsAdmin extends SessionsElement<AdminTexts, AllAdminTexts> {
  /** Gives what the app calls these users: e-mail or name, by id. @default their ids are shown */
  declare describeUser?: DescribeUser
  /** Gives the id of the user that this text names, an e-mail address say; null: nobody. @default ids only */
  declare findUser?: (text: string) => Promise<string | null>

  protected override readonly css = ADMIN_STYLE
  protected readonly shipped = { en, de: async () => (await import('./texts/admin-de.ts')).de }
  readonly #labels = createLabels()
  #rows = new Map<string, UserRow>()
  #list = h('ul')
  #found = h('p')
  #fresh = h('button')
  #more = h('button')
  #field = h('input')
  #ended = h('input')
  #query = new URLSearchParams()
  #cursor: string | null = null
  #turn = 0
  #stop = new AbortController()

  protected build (): Node[] {
    const { say, heading } = this.context
    this.#rows.clear()
    this.#list = h('ul', { part: 'list', role: 'list' })
    this.#found = h('p', { class: 'muted', part: 'summary' })
    this.#fresh = button('fresh', '', () => this.#search())
    this.#more = button('more', say('more'), () => this.#append())
    this.#fresh.hidden = this.#more.hidden = true
    this.#field = h('input', { type: 'search', part: 'field', maxlength: '255' })
    this.#ended = h('input', { type: 'checkbox', change: () => this.#search() })
    const find = button('search', say('find'), () => this.#search())
    return [
      h(
        'header',
        { part: 'header' },
        h('div', {}, heading(0, { id: 't', part: 'title' }, say('title')), this.#found),
        this.#fresh
      ),
      h(
        'form',
        {
          class: 'search',
          role: 'search',
          submit (event: Event) {
            event.preventDefault()
            find.click()
          }
        },
        labelled(say('search'), this.#field),
        find,
        h('label', { class: 'check' }, this.#ended, say('endedToo'))
      ),
      this.#list,
      this.#more,
      this.#buildMany()
    ]
  }

  /** Seldom used, and fetched when it is. */
  #buildMany (): HTMLDetailsElement {
    const count = (filter: Filter, reason: string): Promise<void> => this.#endWhere(filter, reason)
    const { say, tag } = this.context
    let opened = false
    const many = h('details', {
      part: 'many',
      toggle: async () => {
        if (opened) return
        opened = true
        const { createFilterForm } = await import('./filter-form.ts')
        many.append(...await createFilterForm({ tag, texts: this.texts, count }))
      }
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
    void this.#search()
  }

  protected stop (): void {
    this.#stop.abort()
    this.#turn++
  }

  /** What was typed, as the server takes it: an address, a user, or a part of a name. */
  async #readQuery (): Promise<URLSearchParams> {
    const text = this.#field.value.trim()
    const query = new URLSearchParams()
    if (!this.#ended.checked) query.set('status', 'active')
    const id = text === '' ? null : await this.findUser?.(text)
    if (id) query.set('userId', id)
    else if (ADDRESS.test(text)) query.set('ip', text)
    else if (text !== '') query.set('q', text)
    return query
  }

  async #get (more: Record<string, string>): Promise<Page> {
    const query = new URLSearchParams([...this.#query, ...Object.entries(more)])
    const page = await this.context.server<Page>('GET', `/admin/sessions?${query}`)
    await this.#labels.learn(page.items.map(({ userId }) => userId), this.describeUser)
    return page
  }

  async #search (): Promise<void> {
    const turn = ++this.#turn
    await this.attempt(async () => {
      this.#query = await this.#readQuery()
      const { items, nextCursor } = await this.#get({ limit: String(PAGE) })
      if (turn !== this.#turn) return
      this.#rows.clear()
      this.#list.replaceChildren()
      this.#add(items, nextCursor)
    })
  }

  async #append (): Promise<void> {
    const turn = this.#turn
    await this.attempt(async () => {
      const { items, nextCursor } = await this.#get({ limit: String(PAGE), cursor: this.#cursor ?? '' })
      if (turn !== this.#turn) return
      this.#add(items, nextCursor)
      this.#rows.get(items[0]?.id ?? '')?.element.focus()
    })
  }

  #add (items: AdminSession[], nextCursor: string | null): void {
    this.#cursor = nextCursor
    this.#more.hidden = nextCursor === null
    this.#fresh.hidden = true
    for (const session of items) {
      if (this.#rows.has(session.id)) continue
      const row = this.#row(session)
      this.#rows.set(session.id, row)
      this.#list.append(row.element)
    }
    this.#update()
    const { say } = this.context
    const count = String(this.#rows.size)
    setText(this.#found, count === '0' ? say('nothing') : say(nextCursor === null ? 'found' : 'foundMore', { count }))
    this.announce(this.#found.textContent ?? '')
  }

  /** The same list again: what is shown is brought up to date in its place, what is new is counted. */
  async #refresh (): Promise<void> {
    const turn = this.#turn
    await this.attempt(async () => {
      const { items, nextCursor } = await this.#get({ limit: String(Math.min(MOST, this.#rows.size + PAGE)) })
      if (turn !== this.#turn) return
      const now = new Map(items.map((session) => [session.id, session]))
      const oldest = nextCursor === null ? '' : items.at(-1)?.createdAt ?? '~'
      for (const [id, row] of this.#rows) {
        const session = now.get(id)
        if (session !== undefined) row.session = session
        const gone = session === undefined
          ? row.session.createdAt > oldest
          : session.status !== 'active' && row.session.status === 'active'
        if (gone && !row.over) row.end()
      }
      this.#update()
      const newest = [...this.#rows.values()].map(({ session }) => session.createdAt).sort().at(-1) ?? ''
      const count = items.filter(({ id, createdAt }) => !this.#rows.has(id) && createdAt > newest).length
      this.#fresh.hidden = count === 0
      setText(this.#fresh, this.context.say('fresh', { count: String(count) }))
    }, 'load')
  }

  #update (): void {
    const byUser = new Map<string, Session[]>()
    for (const { userId, session } of this.#rows.values()) byUser.set(userId, [...byUser.get(userId) ?? [], session])
    for (const row of this.#rows.values()) {
      row.update(row.session, telltale(row.session, byUser.get(row.userId) ?? [], this.context.words))
    }
  }

  #row (session: AdminSession): UserRow {
    const { id, userId } = session
    const { say, server } = this.context
    const owner = (): string => this.#labels.of(userId)
    const named = ({ name }: { name: string }): { name: string } => ({ name: `${name} · ${owner()}` })
    const details = detailsAction(this.context, () => row, async () => {
      let content: Node[] | null = null
      await this.attempt(async () => { content = this.#describe(await server<Detail>('GET', `/admin/sessions/${id}`)) })
      return content
    })
    const out = button('danger', say('logOut'), () => this.#end(row))
    const row: UserRow = Object.assign(
      createRow(this.context, {
        session,
        owner,
        actions: [
          { ...details, name: (values) => details.name(named(values)) },
          ...session.status === 'active'
            ? [{ element: out, name: (values: { name: string }) => say('logOutName', named(values)) }]
            : []
        ]
      }),
      { userId }
    )
    return row
  }

  #describe ({ session, events }: Detail): Node[] {
    const { say, words } = this.context
    const { userId } = session
    const name = this.#labels.of(userId)
    const shown = events.map(({ at, type, reason, by, ipAddress }) =>
      h(
        'li',
        {},
        [
          type === 'ended'
            ? say('endedBecause', { reason: say(reason as keyof AdminTexts) || (reason ?? '') })
            : say(type as keyof AdminTexts) || type,
          by !== null && by !== userId && say('by', { name: this.#labels.of(by) }),
          words.clock(at),
          ipAddress
        ].filter(Boolean).join(' · ')
      )
    )
    const user: [string, string] = [say('user'), name === userId ? userId : `${name} (${userId})`]
    return [
      describe(session, this.context, [user], [[
        say('events'),
        h('ul', { class: 'events', role: 'list', part: 'events' }, ...shown)
      ]]),
      button('danger', say('ofUser', { name }), () => this.#endWhere({ userId }, 'revoked_by_admin'))
    ]
  }

  async #end (row: UserRow): Promise<void> {
    const { say, server } = this.context
    const name = `${row.label} · ${this.#labels.of(row.userId)}`
    if (!await this.ask({ title: say('askOne', { name }), text: say('askText'), ok: say('logOut') })) return
    const done = await this.attempt(() =>
      server('DELETE', `/admin/sessions/${row.session.id}`).catch((error: Refusal) => {
        if (error.status !== 404) throw error
      })
    )
    if (!done) return
    row.end()
    this.announce(say('endedName', { name }))
  }

  /** Counts first, and says so; then asks. */
  async #endWhere (filter: Filter, reason: string): Promise<void> {
    const { say, server } = this.context
    let said = ''
    await this.attempt(async () => {
      const { count } = await server<{ count: number }>('POST', '/admin/sessions/revoke', { filter, dryRun: true })
      said = count === 0 ? say('nothing') : ''
      if (count === 0 || !await this.ask({
        title: say('askMany', { count: String(count) }),
        text: say('all' in filter ? 'askEverybody' : 'askManyText'),
        ok: say('logOut')
      })) return
      const report = await server<{ count: number }>('POST', '/admin/sessions/revoke', { filter, reason })
      said = say('done', { count: String(report.count) })
      await this.#refresh()
    })
    if (said !== '') this.message(said)
  }

  protected override signedOut (how: { reason?: string | null | undefined }): void {
    if (this.#stop.signal.aborted) return
    this.stop()
    this.#list.replaceChildren()
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
