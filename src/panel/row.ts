/** One session in a list: what it is, when and where it was used; brought up to date in place. */
import type { Session, SessionDetail } from '../protocol.ts'
import { button, dotted, h, setText } from './dom.ts'
import { icon } from './icons.ts'
import type { SharedTexts } from './texts/shared-en.ts'
import type { Say } from './texts/texts.ts'
import type { Words } from './words.ts'

export interface RowContext {
  say: Say<SharedTexts>
  words: Words
  heading: (depth: 0 | 1, attributes: Record<string, string>, ...children: Array<Node | string>) => HTMLElement
}

export interface Row {
  element: HTMLLIElement
  /** Where the name stands, and can be written. */
  title: HTMLElement
  session: Session
  /** It has ended while it was shown: it stays where it is, and says so. */
  over: boolean
  /** With what tells it from its namesakes. */
  label: string
  update: (session: Session, telltale: string) => void
  end: () => void
}

/** A button of a row, and what screen readers call it: with the row's label in it. */
export interface RowAction {
  element: HTMLButtonElement
  name: (values: { name: string }) => string
}

interface RowOptions {
  session: Session
  actions: RowAction[]
  /** What is said of one that has just come. */
  fresh?: string
  /** Whose it is, in the list of everybody's. */
  owner?: () => string
}

export function createRow (
  { say, words, heading }: RowContext,
  { session, actions, fresh = '', owner }: RowOptions
): Row {
  const name = h('bdi', { part: 'name' })
  const twin = h('small')
  const badge = h('span', { class: 'badge', part: 'badge' })
  const facts = h('p', { class: 'facts', part: 'facts' })
  const title = heading(1, { class: 'name' }, name, twin, badge)
  const tools = h('div', { class: 'actions', part: 'actions' }, ...actions.map(({ element }) => element))
  const element = h(
    'li',
    { class: 'row', part: 'session', 'data-session-id': session.id, tabindex: '-1' },
    h('span', { class: 'icon', part: 'icon' }, icon(session.deviceType)),
    h('div', { class: 'about' }, title, facts),
    tools
  )

  const row: Row = {
    element,
    title,
    session,
    over: false,
    label: '',
    update (session, telltale) {
      const since = telltale && say('since', { time: telltale })
      row.session = session
      row.label = [session.deviceName, since].filter(Boolean).join(' · ')
      setText(name, session.deviceName)
      setText(twin, since && ` · ${since}`)
      setText(badge, session.isCurrent ? say('here') : fresh)
      badge.hidden = badge.textContent === ''
      element.classList.toggle('current', session.isCurrent)
      for (const { element, name } of actions) element.ariaLabel = name({ name: row.label })
      const ago = words.ago(session.lastActivityAt)
      facts.replaceChildren(...dotted([
        owner ? h('b', {}, h('bdi', {}, owner())) : null,
        row.over
          ? say('ended')
          : h('time', {
            datetime: session.lastActivityAt,
            title: words.clock(session.lastActivityAt),
            class: ago === null ? 'now' : ''
          }, ago === null ? say('now') : say('active', { ago })),
        session.ipAddress && h('bdi', {}, session.ipAddress),
        words.place(session.location)
      ]))
    },
    end () {
      // what has the focus must not vanish
      if (tools.contains((element.getRootNode() as ShadowRoot).activeElement)) element.focus({ preventScroll: true })
      // nor must the rows below move
      element.style.minHeight = `${element.offsetHeight}px`
      row.over = true
      tools.hidden = true
      element.classList.add('over')
      element.part.replace('session', 'ended')
      row.update(session, '')
    }
  }
  return row
}

/** A button that shows what `load` gives, below the row, and hides it again. */
export function detailsAction ({ say }: RowContext, row: () => Row, load: () => Promise<Node[] | null>): RowAction {
  const deep = h('div', { class: 'deep', part: 'details', hidden: true })
  const element = button('icon', icon('more'), async () => {
    if (deep.hidden) {
      const content = await load()
      if (content === null) return
      deep.replaceChildren(...content)
      row().element.append(deep)
    }
    deep.hidden = !deep.hidden
    element.ariaExpanded = String(!deep.hidden)
  })
  element.ariaExpanded = 'false'
  return { element, name: (values) => say('detailsName', values) }
}

type Fact = [term: string, fact: string | Node]

/** All that is known of a session; empty facts are left out. */
export function describe (
  session: SessionDetail,
  { say, words }: RowContext,
  before: Fact[] = [],
  after: Fact[] = []
): HTMLElement {
  const named = (thing: Session['browser']): string => [thing?.name, thing?.version].filter(Boolean).join(' ')
  const facts: Fact[] = [
    ...before,
    [say('browser'), named(session.browser)],
    [say('system'), named(session.os)],
    [say('model'), [session.deviceVendor, session.deviceModel].filter(Boolean).join(' ')],
    [say('app'), session.clientId ?? ''],
    [say('signedIn'), words.clock(session.createdAt)],
    [say('expires'), words.clock(session.expiresAt)],
    [say('addresses'), session.addresses.map(({ ip, at }) => `${ip} (${words.clock(at)})`).join(', ')],
    ...after
  ]
  return h(
    'dl',
    {},
    ...facts.flatMap(([term, fact]) => fact === '' ? [] : [h('dt', {}, term), h('dd', {}, h('bdi', {}, fact))])
  )
}
