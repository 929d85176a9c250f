/** The buttons of a row that both panels have: what is known of it, and its end. */
import type { Context } from './context.ts'
import { button, h } from './dom.ts'
import { icon } from './icons.ts'
import type { Row, RowAction } from './row.ts'
import { endSessions } from './server.ts'
import type { SharedTexts } from './texts/shared-en.ts'

/** Shows what `load` gives, below the row, and hides it again. */
export function detailsAction (
  { say, attempt }: Context<SharedTexts>,
  row: () => Row,
  load: () => Promise<Node[]>
): RowAction {
  const deep = h('div', { class: 'deep', part: 'details', hidden: true })
  const show = (shown: boolean): void => {
    deep.hidden = !shown
    element.ariaExpanded = String(shown)
  }
  const element = button('icon', icon('more'), () => deep.hidden
    ? attempt(async () => {
      deep.replaceChildren(...await load())
      row().element.append(deep)
      show(true)
    })
    : show(false))
  element.ariaExpanded = 'false'
  return { element, name: (values) => say('detailsName', values) }
}

/** Asks first. 200 means that no server accepts the session any more; that it was gone before is as good. */
export function endAction (
  { say, confirm, server }: Context<SharedTexts>,
  row: () => Row,
  path: string,
  ended: () => unknown
): RowAction {
  const element = button('danger', say('logOut'), () => {
    const question = { title: say('askOne', { name: row().label }), text: say('askOneText'), ok: say('logOut') }
    return confirm(question, async () => {
      await endSessions(server, path)
      await ended()
    })
  })
  return { element, name: (values) => say('logOutName', values) }
}
