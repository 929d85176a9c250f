/** One session in a list: what it is, when and where it was used; brought up to date in place. */
import type { Session } from '../protocol.ts'
import { dotted, h, setText } from './dom.ts'
import { icon } from './icons.ts'
import type { SharedTexts } from './texts/shared-en.ts'
import type { Say } from './texts/texts.ts'
import type { Words } from './words.ts'

export interface RowContext {
  say: Say<SharedTexts>
  words: Words
  heading: (depth: 0 | 1, attributes: Record<string, string>, ...children: Array<Node | string>) => HTMLElement
}

export interface Row<S extends Session = Session> {
  element: HTMLLIElement
  /** Where the name stands, and can be written. */
  title: HTMLElement
  session: S
  /** It has ended: where it did while it was shown, it stays where it is, and says so. */
  over: boolean
  /** What is said of one that has just come. */
  fresh: string
  /** With what tells it from its namesakes, and whose it is. */
  label: string
  update: (telltale: string) => void
  end: () => void
}

/** A button of a row, and what screen readers call it: with the row's label in it. */
export interface RowAction {
  element: HTMLButtonElement
  name: (values: { name: string }) => string
}

interface RowOptions<S extends Session> {
  session: S
  actions: RowAction[]
  /** What is said of one that has just come. */
  fresh?: string
  /** Whose it is, in the list of everybody's. */
  owner?: () => string
}

export function createRow<S extends Session> (
  { say, words, heading }: RowContext,
  { session, actions, fresh = '', owner }: RowOptions<S>
): Row<S> {
  const over = session.status !== 'active'
  const name = h('bdi', { part: 'name' })
  const twin = h('small')
  const badge = h('span', { class: 'badge', part: 'badge' })
  const facts = h('p', { class: 'facts', part: 'facts' })
  const title = heading(1, { class: 'name' }, name, twin, badge)
  const tools = h('div', { class: 'actions', part: 'actions' }, ...actions.map(({ element }) => element))
  const element = h(
    'li',
    {
      class: over ? 'row over' : 'row',
      part: over ? 'ended' : 'session',
      'data-session-id': session.id,
      tabindex: '-1'
    },
    h('span', { class: 'icon', part: 'icon' }, icon(session.deviceType)),
    h('div', { class: 'about' }, title, facts),
    tools
  )

  let added = ''
  const row: Row<S> = {
    element,
    title,
    session,
    over,
    fresh,
    label: '',
    update (telltale) {
      added = telltale
      const { deviceName, isCurrent, lastActivityAt, ipAddress, location } = row.session
      const since = telltale && say('since', { time: telltale })
      row.label = [deviceName, since, owner?.()].filter(Boolean).join(' · ')
      setText(name, deviceName)
      setText(twin, since && ` · ${since}`)
      setText(badge, isCurrent ? say('here') : row.over ? '' : row.fresh)
      badge.hidden = badge.textContent === ''
      element.classList.toggle('current', isCurrent)
      for (const { element, name } of actions) element.ariaLabel = name({ name: row.label })
      const ago = words.ago(lastActivityAt)
      const active = {
        datetime: lastActivityAt,
        title: words.clock(lastActivityAt),
        class: ago === null ? 'now' : ''
      }
      facts.replaceChildren(...dotted([
        owner ? h('b', {}, h('bdi', {}, owner())) : null,
        row.over ? say('ended') : h('time', active, ago === null ? say('now') : say('active', { ago })),
        ipAddress && h('bdi', {}, ipAddress),
        words.place(location)
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
      row.update(added)
    }
  }
  return row
}
