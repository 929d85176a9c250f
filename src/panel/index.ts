/** `fastify-live-sessions/panel`: `<live-sessions-panel>`, a person's signed-in devices, live. */
import type { LiveState, LogoutEvent } from '../client/index.ts'
import type { Session } from '../protocol.ts'
import { createDeviceRow } from './device-row.ts'
import { button, h, setText } from './dom.ts'
import { SessionsElement } from './element.ts'
import type { Row } from './row.ts'
import { createRows, type Rows } from './rows.ts'
import { endSessions } from './server.ts'
import { en, type PanelTexts } from './texts/panel-en.ts'

export type { LiveState, LogoutEvent } from '../client/index.ts'
export type { PanelTexts } from './texts/panel-en.ts'
export type { Text } from './texts/texts.ts'

type Parts = typeof import('./opened-panel.ts')

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
export class LiveSessionsPanel extends SessionsElement<PanelTexts, Parts> {
  protected readonly shipped = { en, de: async () => (await import('./texts/panel-de.ts')).de }
  protected readonly fetchOpened = (): Promise<Parts> => import('./opened-panel.ts')
  #rows!: Rows
  #summary = h('p')
  #state = h('span')
  #others = h('button')
  #history = h('details')
  #showEnded: ((sessions: Session[]) => void) | undefined
  #stop = new AbortController()
  #turn = 0
  #untidy = true

  protected build (): Node[] {
    const { say, heading, words } = this.context
    this.#rows = createRows(words)
    this.#summary = h('p', { class: 'muted', part: 'summary' })
    this.#state = h('span', { class: 'live', part: 'state' })
    this.#others = button('danger others', say('others'), () => this.#endOthers())
    this.#others.hidden = true
    this.#history = h(
      'details',
      { part: 'history', toggle: () => { if (this.#history.open) void this.#load() } },
      h('summary', {}, say('history'))
    )
    this.#showEnded = undefined
    return [
      h('header', { part: 'header' },
        h('div', {}, heading(0, { id: 't', part: 'title', tabindex: '-1' }, say('title')), this.#summary, this.#state),
        this.#others),
      this.#rows.element,
      this.#history
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
    const timer = setInterval(() => { this.#rows.update() }, WORDS_MS)
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
    await this.context.attempt(async () => {
      const { open } = this.#history
      const sessions = await this.context.server<Session[]>('GET', `/sessions${open ? '?include=ended' : ''}`)
      if (turn !== this.#turn) return
      const alive = sessions.filter(({ status }) => status === 'active').sort((a, b) =>
        Number(b.isCurrent) - Number(a.isCurrent)
      )
      this.#arrange(alive)
      this.dispatchEvent(new CustomEvent('change', { detail: { sessions: alive } }))
      if (!open) return
      const { createHistory } = await this.opened()
      if (turn !== this.#turn) return
      this.#showEnded ??= createHistory(this.context, this.#history)
      this.#showEnded(sessions.filter(({ status }) => status !== 'active'))
    }, 'load')
  }

  #arrange (sessions: Session[]): void {
    const { say } = this.context
    const rows = this.#rows
    const first = this.#untidy
    this.#untidy = false
    if (first) rows.clear()
    const fresh: Row[] = []
    for (const row of rows.all()) {
      if (row.over || sessions.some(({ id }) => id === row.session.id)) continue
      row.end()
      this.announce(say('endedName', { name: row.label }))
    }
    for (const session of sessions) {
      const row = rows.get(session.id)
      if (row !== undefined) {
        row.session = session
        continue
      }
      const added = createDeviceRow(this.context, session, {
        fresh: !first,
        opened: () => this.opened(),
        renamed: () => { rows.update() },
        ended: () => this.#load()
      })
      rows.add(added)
      if (!first) fresh.push(added)
    }
    rows.update()
    for (const { label } of fresh) this.announce(say('freshName', { name: label }))
    const count = sessions.length
    setText(this.#summary, count < 2 ? say('alone') : say('many', { count: String(count) }))
    // once there, it keeps its place
    if (count > 1) this.#others.hidden = false
    this.#others.ariaDisabled = String(count < 2)
  }

  async #endOthers (): Promise<void> {
    const { say, confirm, server } = this.context
    const others = this.#rows.all().filter(({ over, session }) => !over && !session.isCurrent)
    await confirm({
      title: say('askOthers'),
      text: say('askOthersText', { count: String(others.length) }),
      ok: say('logOut')
    }, async () => {
      await endSessions(server, '/sessions/others')
      await this.#load()
    })
  }

  #show (state: LiveState): void {
    const known = state === 'open' || state === 'connecting' || state === 'offline' ? state : 'waiting'
    setText(this.#state, this.context.say(known))
    this.#state.className = `live ${known}`
    this.dispatchEvent(new CustomEvent<LiveState>('statechange', { detail: state }))
  }

  protected override signedOut (how: Partial<LogoutEvent>): void {
    if (this.#stop.signal.aborted) return
    this.stop()
    for (const part of [this.#rows.element, this.#summary, this.#state, this.#others, this.#history]) part.remove()
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
