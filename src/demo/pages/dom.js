// Elements without markup: every text goes through textContent, so a device may be called <script> and stays a name.

/** @returns {HTMLElement} */
export function byId (id) {
  return document.getElementById(id)
}

/** Makes an element: `make('p', { class: 'muted', text: 'Hello', onclick () {} }, child, …)`. */
export function make (tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue
    if (name === 'text') element.textContent = value
    else if (name.startsWith('on')) element.addEventListener(name.slice(2), value)
    else element.setAttribute(name, value === true ? '' : value)
  }
  element.append(...children.filter(Boolean))
  return element
}

const VIEWS = ['loading', 'sign-in', 'ended', 'problem', 'devices']

/** Shows one view and moves the focus to its title, so that a screen reader says where we are. */
export function show (view, { focus = true } = {}) {
  for (const name of VIEWS) byId(`view-${name}`).hidden = name !== view
  if (focus) byId(`view-${view}`).querySelector('h1')?.focus({ preventScroll: true })
}

const TOAST_MS = 7000

/** Says something at the edge of the page; with `retry` it stays until answered. */
export function toast (text, { bad = false, retry } = {}) {
  const remove = () => { element.remove() }
  const element = make('div', { class: bad ? 'toast bad' : 'toast' }, make('span', { text }),
    retry && make('button', { type: 'button', class: 'quiet', text: 'Retry', onclick () { remove(); retry() } }),
    make('button', { type: 'button', class: 'close', 'aria-label': 'Dismiss', text: '×', onclick: remove }))
  byId('toasts').replaceChildren(element)
  if (!retry) window.setTimeout(remove, TOAST_MS)
}
