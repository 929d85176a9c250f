/** One question in a dialog: yes or no, or a password first. */
import { button, h } from './dom.ts'

export interface Question {
  title: string
  text: string
  ok: string
  cancel: string
  /** Asks for a password; `check` gives what is wrong with it, or null. */
  password?: { label: string, check: (password: string) => Promise<string | null> }
}

/** False where it was given up: by the button, or Escape. */
export async function ask (root: ShadowRoot, { title, text, ok, cancel, password }: Question): Promise<boolean> {
  return await new Promise((resolve) => {
    const problem = h('p', { role: 'alert', class: 'bad' })
    const field = h('input', {
      type: 'password',
      part: 'field',
      autocomplete: 'current-password',
      required: true,
      maxlength: '1024'
    })
    const confirm = button('danger', ok, async () => {
      if (password !== undefined) {
        problem.textContent = ''
        if (!field.reportValidity()) return
        const wrong = await password.check(field.value)
        if (wrong !== null) {
          problem.textContent = wrong
          return field.select()
        }
      }
      dialog.close('ok')
    })
    const dialog = h('dialog', {
      part: 'dialog',
      'aria-labelledby': 'q',
      'aria-describedby': 'w',
      close () {
        dialog.remove()
        resolve(dialog.returnValue === 'ok')
      },
      keydown (event: KeyboardEvent) {
        if (event.key !== 'Enter' || event.target !== field) return
        event.preventDefault()
        confirm.click()
      }
    },
    h('h2', { id: 'q' }, title),
    h('p', { id: 'w', class: 'muted' }, text),
    password && h('label', {}, password.label, field),
    problem,
    h('div', { class: 'answers' }, button('', cancel, () => { dialog.close() }), confirm))
    root.append(dialog)
    dialog.showModal()
  })
}
