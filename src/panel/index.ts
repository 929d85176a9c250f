/** `fastify-live-sessions/panel`: `<live-sessions-panel>`, a person's signed-in devices, live. */
import type { LiveState, LogoutEvent } from '../client/index.ts'
import type { Session, SessionDetail } from '../protocol.ts'
import { button, h, setText } from './dom.ts'
import { SessionsElement } from './element.ts'
import { createHistory } from './history.ts'
import { icon } from './icons.ts'
import { telltale } from './names.ts'
import { editName } from './rename.ts'
import { createRow, describe, detailsAction, type Row } from './row.ts'
import { en, type PanelTexts } from './texts/panel-en.ts'

export type { LiveState, LogoutEvent } from '../client/index.ts'
export type { PanelTexts } from './texts/panel-en.ts'
export type { Text } from './texts/texts.ts'

/** The words for the times are brought up to date this often. */
const WORDS_MS = 15_000

/**
 * Rows never change places while the page is seen: a new session comes last, an ended one stays and says so. They are
 * put in order when nobody looks.
 *
 * Events: `change` (detail: `{sessions}`, the living ones, this one first), `signedout` (detail: how, see
 * `LogoutEvent`), `statechange` (detail: the connection's `LiveState`), `notice` (detail: the server's question about a
 * new sign-in, see `NoticeMessage`).
 */
export class LiveSessionsPanel extends SessionsElement<PanelTexts> {
  protected readonly shipped = { en, de: async () => (await import('./texts/panel-de.ts')).de }
  #rows = new Map<string, Row>()
  #list = h('ul')
  #summary = h('p')
  #state = h('span')
  #others = h('button')
  #history!: ReturnType<typeof createHistory>
  #stop = new AbortController()
  #turn = 0
  #untidy = true

  protected build (): Node[] {
    const { say, heading } = this.context
    this.#rows.clear()
    this.#list = h('ul', { part: 'list', role: 'list' })
    this.#summary = h('p', { class: 'muted', part: 'summary' })
    this.#state = h('span', { class: 'live', part: 'state' })
    this.#others = button('danger others', say('others'), () => this.#endOthers())
    this.#others.hidden = true
    this.#history = createHistory(this.context, () => this.#load())
    return [
      h('header', { part: 'header' },
        h('div', {}, heading(0, { id: 't', part: 'title', tabindex: '-1' }, say('title')), this.#summary, this.#state),
        this.#others),
      this.#list,
      this.#history.element
    ]
  }

  protected start (): void {
    this.#untidy = true
    this.#stop = new AbortController()
    const { signal } = this.#stop
    document.addEventListener('visibilitychange', () => {
      this.#untidy ||= document.hidden
      if (!document.hidden) void this.#load()
    }, { signal })
    const timer = setInterval(() => { this.#update() }, WORDS_MS)
    signal.addEventListener('abort', () => { clearInterval(timer) })
    this.#show('connecting')
    void this.#load()
    void this.#connect(signal)
  }

  /** What the list does not wait for, and other pages of the app have already, is fetched by itself. */
  async #connect (signal: AbortSignal): Promise<void> {
    const { connectLiveSession } = await import('../client/index.ts')
    if (signal.aborted) return
    const { origin, prefix } = this.context
    const live = connectLiveSession({
      url: origin,
      prefix,
      ...this.token === undefined ? {} : { token: this.token },
      onLogout: (event) => {
        this.signedOut(event)
      },
      onChange: () => {
        void this.#load()
      },
      onNotice: (notice) => {
        this.dispatchEvent(new CustomEvent('notice', { detail: notice, bubbles: true, composed: true }))
      },
      onStateChange: (state) => {
        if (state !== 'closed') this.#show(state)
      }
    })
    signal.addEventListener('abort', () => { live.close() })
  }

  protected stop (): void {
    this.#stop.abort()
    this.#turn++
  }

  /** An older answer never covers a newer one. */
  async #load (): Promise<void> {
    const turn = ++this.#turn
    await this.attempt(async () => {
      const sessions = await this.context.server<Session[]>(
        'GET',
        `/sessions${this.#history.open ? '?include=ended' : ''}`
      )
      if (turn !== this.#turn) return
      const alive = sessions.filter(({ status }) => status === 'active').sort((a, b) =>
        Number(b.isCurrent) - Number(a.isCurrent)
      )
      this.#arrange(alive)
      this.dispatchEvent(new CustomEvent('change', { detail: { sessions: alive } }))
      this.#history.show(sessions.filter(({ status }) => status !== 'active'))
    }, 'load')
  }

  #arrange (sessions: Session[]): void {
    const first = this.#untidy
    if (first) {
      this.#rows.clear()
      this.#list.replaceChildren()
    }
    this.#untidy = false
    const fresh: Row[] = []
    for (const row of this.#rows.values()) {
      if (!row.over && !sessions.some(({ id }) => id === row.session.id)) {
        row.end()
        this.announce(this.context.say('endedName', { name: row.label }))
      }
    }
    for (const session of sessions) {
      const row = this.#rows.get(session.id)
      if (row !== undefined) {
        row.session = session
        continue
      }
      const added = this.#row(session, !first)
      this.#rows.set(session.id, added)
      this.#list.append(added.element)
      if (!first) fresh.push(added)
    }
    this.#update()
    for (const { label } of fresh) this.announce(this.context.say('freshName', { name: label }))
    const count = sessions.length
    setText(this.#summary, count < 2 ? this.context.say('alone') : this.context.say('many', { count: String(count) }))
    // once there, it keeps its place
    if (count > 1) this.#others.hidden = false
    this.#others.ariaDisabled = String(count < 2)
  }

  #update (): void {
    const all = [...this.#rows.values()]
    for (const row of all) {
      row.update(
        row.session,
        telltale(row.session, all.map(({ session }) => session), this.context.words)
      )
    }
  }

  #row (session: Session, fresh: boolean): Row {
    const { id } = session
    const { say, server } = this.context
    const rename = button('icon', icon('pencil'), () => {
      editName(row, say, (deviceName) => this.attempt(async () => {
        row.session = await server('PATCH', `/sessions/${id}`, { deviceName })
        this.#update()
      }))
    })
    const details = detailsAction(this.context, () => row, async () => {
      let content: Node[] | null = null
      await this.attempt(async () => {
        content = [describe(await server<SessionDetail>('GET', `/sessions/${id}`), this.context)]
      })
      return content
    })
    const out = button('danger', say('logOut'), () => this.#end(row))
    const row = createRow(this.context, {
      session,
      fresh: fresh ? say('fresh') : '',
      actions: [
        details,
        { element: rename, name: (values) => say('renameName', values) },
        ...session.isCurrent ? [] : [{ element: out, name: (values: { name: string }) => say('logOutName', values) }]
      ]
    })
    return row
  }

  async #end (row: Row): Promise<void> {
    const { id } = row.session
    if (
      !await this.ask({
        title: this.context.say('askOne', { name: row.label }),
        text: this.context.say('askOneText'),
        ok: this.context.say('logOut')
      })
    ) return
    await this.#revoke(`/sessions/${id}`)
  }

  async #endOthers (): Promise<void> {
    const count = String([...this.#rows.values()].filter(({ over, session }) => !over && !session.isCurrent).length)
    if (
      !await this.ask({
        title: this.context.say('askOthers'),
        text: this.context.say('askOthersText', { count }),
        ok: this.context.say('logOut')
      })
    ) return
    await this.#revoke('/sessions/others')
  }

  /** 200 means that no server accepts them any more; 404, that it was gone before. */
  async #revoke (path: string): Promise<void> {
    const done = await this.attempt(() =>
      this.context.server('DELETE', path).catch((error) => {
        if (error.status !== 404) throw error
      })
    )
    if (done) await this.#load()
  }

  #show (state: LiveState): void {
    const known = state === 'open' || state === 'connecting' ? state : 'waiting'
    setText(this.#state, this.context.say(known))
    this.#state.className = `live ${known}`
    this.dispatchEvent(new CustomEvent<LiveState>('statechange', { detail: state }))
  }

  protected override signedOut (how: Partial<LogoutEvent>): void {
    if (this.#stop.signal.aborted) return
    this.stop()
    for (const part of [this.#list, this.#summary, this.#state, this.#others, this.#history.element]) part.remove()
    super.signedOut(how)
    this.dispatchEvent(
      new CustomEvent<Partial<LogoutEvent>>('signedout', { detail: how, bubbles: true, composed: true })
    )
  }
}

declare global {
  interface HTMLElementTagNameMap { 'live-sessions-panel': LiveSessionsPanel }
}

globalThis.customElements?.get('live-sessions-panel') ??
  globalThis.customElements?.define('live-sessions-panel', LiveSessionsPanel)
