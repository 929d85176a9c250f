/** The administrators' search field: what was typed, as the server takes it. */
import { h } from './dom.ts'
import { labelled } from './fields.ts'
import type { AdminTexts } from './texts/admin-en.ts'
import type { Say } from './texts/texts.ts'

const ADDRESS = /^\d+(\.\d+){3}$|^[\da-f.]*:[\da-f.]*:[\da-f.:]*$/i

export function createSearch (say: Say<AdminTexts>, search: () => unknown) {
  const field = h('input', { type: 'search', part: 'field', maxlength: '255' })
  const ended = h('input', { type: 'checkbox', change: search })
  // not a button() of ours: what is searched for next does not wait for what was searched for before
  const find = h('button', { part: 'button search' }, say('find'))
  const submit = (event: Event): void => {
    event.preventDefault()
    search()
  }
  return {
    element: h(
      'form',
      { class: 'search', role: 'search', submit },
      labelled(say('search'), field),
      find,
      h('label', { class: 'check' }, ended, say('endedToo'))
    ),
    /** An address, a user, or a part of a name. */
    async read (findUser: ((text: string) => Promise<string | null>) | undefined): Promise<URLSearchParams> {
      const text = field.value.trim()
      const query = new URLSearchParams()
      if (!ended.checked) query.set('status', 'active')
      const id = text === '' ? null : await findUser?.(text)
      if (id) query.set('userId', id)
      else if (ADDRESS.test(text)) query.set('ip', text)
      else if (text !== '') query.set('q', text)
      return query
    }
  }
}
