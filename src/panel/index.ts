/** `fastify-live-sessions/panel`: `<live-sessions-panel>`, a person's signed-in devices, live. */
import type { LiveState, LogoutEvent } from '../client/index.ts'
import type { Session } from '../protocol.ts'
import { createDeviceList } from './device-list.ts'
import { button, h, setText } from './dom.ts'
import { SessionsElement } from './element.ts'
import { endSessions } from './server.ts'
import { en, type PanelTexts } from './texts/panel-en.ts'

export type { LiveState, LogoutEvent } from '../client/index.ts'
export type { PanelTexts } from './texts/panel-en.ts'
export type { Text } from './texts/texts.ts'

type Parts = typeof import('./opened-panel.ts')

/** The words for the times are brought up to date this often. */
const WORDS_MS = 15_000
/** Until the client is asked for again, where it did not come. */
const RETRY_MS = 5_000

/**
 * Rows never change places while the page is seen: a new session comes last, an ended one stays and says so. They are
 * put in order while nobody looks.
 *
 * Events: `change` (detail: `{sessions}`, the living ones, this one first), `signedout` (detail: how, see
 * `LogoutEvent`), `statechange` (detail: the connection's `LiveState`), `notice` (detail: the server's question about a
 * new sign-in, see `NoticeMessage`).
 */
export class LiveSessionsPanel extends SessionsElement<PanelTexts, Parts> {
  protected readonly shipped = { en, de: async () => (await import('./texts/panel-de.ts')).de }
  protected readonly fetchOpened = (): Promise<Parts> => import('./opened-panel.ts')
  #list!: ReturnType<typeof createDeviceList>
  #summary = h('p')
  #state = h('span')
  #others = h('button')
  #history = h('details')
  #showEnded: ((sessions: Session[]) => void) | undefined
  #stop = new AbortController()
  #turn = 0

  protected build (): Node[] {
    const { say, heading } = this.context
    this.#list = createDeviceList(this.context, {
      opened: () => this.opened(),
      ended: () => this.#load(),
      announce: (text) => { this.announce(text) }
    })
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
      this.#list.element,
      this.#history
    ]
  }

  protected start (): void {
    this.#stop = new AbortController()
    const { signal } = this.#stop
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) this.#list.tidy()
      else void this.#load()
    }, { signal })
    const timer = setInterval(() => { this.#list.update() }, WORDS_MS)
    signal.addEventListener('abort', () => { clearInterval(timer) })
    this.#show('connecting')
    void this.#load()
    void this.#connect(signal)
  }

  /** What the list does not wait for, and other pages of the app have already, is fetched by itself. */
  async #connect (signal: AbortSignal): Promise<void> {
    const client = await import('../client/index.ts').catch(() => null)
    if (signal.aborted) return
    if (client === null) {
      this.#show('waiting')
      setTimeout(() => this.#connect(signal), RETRY_MS)
      return
    }
    const { origin, prefix } = this.context
    const live = client.connectLiveSession({
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
      this.#list.show(alive)
      const count = String(alive.length)
      setText(this.#summary, alive.length < 2 ? this.context.say('alone') : this.context.say('many', { count }))
      // once there, it keeps its place
      if (alive.length > 1) this.#others.hidden = false
      this.#others.ariaDisabled = String(alive.length < 2)
      this.dispatchEvent(new CustomEvent('change', { detail: { sessions: alive } }))
      if (!open) return
      const { createHistory } = await this.opened()
      if (turn !== this.#turn) return
      this.#showEnded ??= createHistory(this.context, this.#history)
      this.#showEnded(sessions.filter(({ status }) => status !== 'active'))
    }, 'load')
  }

  async #endOthers (): Promise<void> {
    const { say, confirm, server } = this.context
    await confirm({
      title: say('askOthers'),
      text: say('askOthersText', { count: String(this.#list.countOthers()) }),
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
    for (const part of [this.#list.element, this.#summary, this.#state, this.#others, this.#history]) part.remove()
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
