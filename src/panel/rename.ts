/** A name becomes a field in its place: Enter saves, Escape gives up. */
import { button, h } from './dom.ts'
import type { Row } from './row.ts'
import type { PanelTexts } from './texts/panel-en.ts'
import type { Say } from './texts/texts.ts'

const MAX_LENGTH = '100'

/** `save` gets what was typed, where it is a new name, and a function that puts the title back. */
export function editName (
  { title, session }: Row,
  say: Say<PanelTexts>,
  save: (name: string, leave: () => void) => unknown
): void {
  const before = (title.getRootNode() as ShadowRoot).activeElement as HTMLElement | null
  const field = h('input', { part: 'field', 'aria-label': say('name'), maxlength: MAX_LENGTH })
  const leave = (): void => {
    form.replaceWith(title)
    before?.focus({ preventScroll: true })
  }
  const submit = button('save', say('save'), async () => {
    const name = field.value.trim()
    if (name === '' || name === session.deviceName) leave()
    else await save(name, leave)
  })
  const form = h('form', {
    class: 'form',
    submit (event: Event) {
      event.preventDefault()
      submit.click()
    },
    keydown ({ key }: KeyboardEvent) { if (key === 'Escape') leave() }
  }, field, submit, button('', say('cancel'), leave))
  field.value = session.deviceName
  title.replaceWith(form)
  field.select()
}
