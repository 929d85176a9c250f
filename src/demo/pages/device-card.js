// One device of the list: what it is, where and when it was used, and what can be done with it.
import { byId, make } from './dom.js'
import { icon, TYPE_NAMES } from './icons.js'
import { timeElement } from './time.js'

const MAX_NAME_LENGTH = 100

/** `actions`: logOut(session), rename(session, name) → Promise; `owner`: whose it is, in the administrator's list. */
export function deviceCard (session, actions, { owner } = {}) {
  const name = make('span', { class: 'name', text: session.deviceName })
  const title = make('h3', {}, name, session.isCurrent && make('span', { class: 'badge', text: 'This device' }))
  const card = make('li', { class: session.isCurrent ? 'card current' : 'card', 'data-id': session.id },
    make('span', { class: 'type', title: TYPE_NAMES[session.deviceType] ?? TYPE_NAMES.unknown }, icon(session.deviceType)),
    make('div', { class: 'about' }, title, facts(session, owner)))
  const buttons = make('div', { class: 'actions' })
  if (actions.rename) {
    buttons.append(make('button', {
      type: 'button',
      class: 'quiet icon rename',
      title: 'Rename',
      'aria-label': `Rename ${session.deviceName}`,
      onclick () { edit(card, title, session, actions) }
    }, icon('pencil')))
  }
  if (!session.isCurrent) {
    buttons.append(make('button', {
      type: 'button',
      class: 'danger',
      'aria-label': `Log out ${session.deviceName}`,
      text: 'Log out',
      async onclick (event) {
        const button = event.currentTarget
        // not `disabled`: that would drop the focus
        if (button.ariaDisabled === 'true') return
        button.ariaDisabled = 'true'
        await actions.logOut(session)
        // for the case that it failed: else the card is gone by now
        button.ariaDisabled = 'false'
      }
    }))
  }
  card.append(buttons)
  return card
}

function facts (session, owner) {
  const place = [session.location?.city, session.location?.country].filter(Boolean).join(', ')
  const parts = [
    owner && make('span', { class: 'owner', text: owner }),
    timeElement(session.lastActivityAt, 'activity'),
    session.ipAddress && make('span', { text: session.ipAddress }),
    place && make('span', { text: place }),
    timeElement(session.createdAt, 'since')
  ]
  return make('p', { class: 'facts' }, ...parts)
}

/** The name becomes a field: Enter saves, Escape gives up. */
function edit (card, title, session, actions) {
  const field = make('input', { type: 'text', 'aria-label': 'Name of this device', maxlength: String(MAX_NAME_LENGTH), required: true })
  field.value = session.deviceName
  const leave = () => {
    form.replaceWith(title)
    card.classList.remove('editing')
    card.querySelector('.rename')?.focus()
  }
  const form = make('form', {
    class: 'rename-form',
    async onsubmit (event) {
      event.preventDefault()
      const name = field.value.trim()
      if (name === '' || name === session.deviceName || await actions.rename(session, name)) leave()
    },
    onkeydown (event) { if (event.key === 'Escape') leave() }
  }, field, make('button', { class: 'primary', text: 'Save' }), make('button', { type: 'button', class: 'quiet', text: 'Cancel', onclick: leave }))
  card.classList.add('editing')
  title.replaceWith(form)
  field.select()
}

/** Brings a list on the page up to date; a name that is being written, and the focus, stay where they are. */
export function showCards (listId, sessions, makeCard) {
  const list = byId(listId)
  const before = new Map([...list.children].map((card) => [card.dataset.id, card]))
  const active = document.activeElement
  const focused = active?.closest(`#${listId} > li`)
  const cards = sessions.map((session) => {
    const old = before.get(session.id)
    return old?.classList.contains('editing') ? old : makeCard(session)
  })
  for (const [index, card] of cards.entries()) card.classList.toggle('new', before.size > 0 && !before.has(sessions[index].id))
  list.replaceChildren(...cards)
  if (!focused) return
  const again = cards.find((card) => card.dataset.id === focused.dataset.id)
  const target = again === undefined
    ? list.closest('section').querySelector('h1, h2')
    : again === focused ? active : again.querySelector(active.matches('.rename') ? '.rename' : '.danger')
  target?.focus({ preventScroll: true })
}
