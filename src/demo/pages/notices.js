// "New sign-in: was that you?": one line for each, with one click for either answer.
import { request } from './api.js'
import { byId, make, toast } from './dom.js'

export function showNotice (page, { kind, session }) {
  if (byId('notices').querySelector(`[data-session-id="${session.id}"]`)) return
  const { deviceName, location } = session
  const place = [location?.city, location?.country].filter(Boolean).join(', ')
  const what = kind === 'suspicious' ? 'Unusual sign-in' : 'New sign-in'
  const remove = () => { element.remove() }
  const element = make('div', { class: 'notice', 'data-session-id': session.id },
    // isolated: a name may be written from right to left
    make('p', {}, `${what}: `, make('bdi', { text: deviceName }), `${place ? `, ${place}` : ''}. Was that you?`),
    make('button', {
      type: 'button',
      class: 'quiet',
      text: 'Yes, that was me',
      onclick () {
        remove()
        confirm(page, session)
      }
    }),
    make('button', {
      type: 'button',
      class: 'danger',
      text: 'No, log it out',
      onclick () {
        remove()
        end(page, session)
      }
    }))
  byId('notices').append(element)
}

export function hideNotices () {
  byId('notices').replaceChildren()
}

/** Where it waits for that, it may go on now. */
async function confirm (page, { id, deviceName, confirmed }) {
  if (confirmed) return
  try {
    await request('POST', `${page.prefix}/sessions/${id}/confirm`)
    toast(`${deviceName}: confirmed.`)
  } catch (error) {
    if (error.signedOut) page.signedOut(error)
    else toast(error.status === 404 ? `${deviceName} is signed out already.` : error.message, { bad: true })
  }
}

/** The list beside it learns of it over its socket. */
async function end (page, session) {
  try {
    await request('DELETE', `${page.prefix}/sessions/${session.id}`)
    toast(`${session.deviceName} is logged out.`)
  } catch (error) {
    if (error.signedOut) return page.signedOut(error)
    toast(error.message, { bad: true, retry: () => end(page, session) })
  }
}
