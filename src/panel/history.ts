/** Sessions that have ended: why in words, when, and whether the device itself said that it is out. */
import type { Session } from '../protocol.ts'
import { button, dotted, h } from './dom.ts'
import { icon } from './icons.ts'
import type { PanelTexts } from './texts/panel-en.ts'
import type { Say } from './texts/texts.ts'
import type { Words } from './words.ts'

const PAGE = 10

interface Context { readonly say: Say<PanelTexts>, readonly words: Words }

/** Below the summary of `element`; the function shows these sessions. */
export function createHistory ({ say, words }: Context, element: HTMLDetailsElement): (sessions: Session[]) => void {
  let shown = PAGE
  let ended: Session[] = []
  const list = h('ul', { role: 'list', part: 'list' })
  const none = h('p', { class: 'muted' }, say('none'))
  const more = button('more', say('more'), () => {
    const next = shown
    shown += PAGE
    render();
    // the button may be gone now
    (list.children[next] as HTMLElement | undefined)?.focus()
  })
  element.append(list, none, more)

  function render (): void {
    list.replaceChildren(...ended.slice(0, shown).map(row))
    none.hidden = ended.length > 0
    more.hidden = ended.length <= shown
  }

  function row (session: Session): HTMLLIElement {
    const { id, deviceName, deviceType, revokedReason, revokedAt, logoutDeliveredAt } = session
    const why = say(revokedReason as keyof PanelTexts) || say('ended')
    const when = !revokedAt
      ? null
      : h('time', { datetime: revokedAt, title: words.clock(revokedAt) }, words.ago(revokedAt) ?? say('justNow'))
    const receipt = logoutDeliveredAt ? h('span', { class: 'now' }, say('confirmed')) : null
    return h(
      'li',
      { class: 'row over', part: 'ended', 'data-session-id': id, tabindex: '-1' },
      h('span', { class: 'icon', part: 'icon' }, icon(deviceType)),
      h(
        'div',
        { class: 'about' },
        h('p', { part: 'name' }, h('bdi', {}, deviceName)),
        h('p', { class: 'facts', part: 'facts' }, ...dotted([why, when, receipt]))
      )
    )
  }

  return (sessions) => {
    ended = sessions
    render()
  }
}
