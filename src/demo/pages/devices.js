// "Your devices": the list, and what its buttons do.
import { request } from './api.js'
import { deviceCard, showCards } from './device-card.js'
import { byId, toast } from './dom.js'

let others = []
let loading = 0

/** Fetches the list and shows it; an older answer never covers a newer one. Throws an ApiError. */
export async function loadDevices (page) {
  const turn = ++loading
  const sessions = await request('GET', `${page.prefix}/sessions`)
  if (turn !== loading) return
  sessions.sort((a, b) => Number(b.isCurrent) - Number(a.isCurrent))
  others = sessions.filter((session) => !session.isCurrent)
  byId('waiting').hidden = sessions[0]?.confirmed !== false
  showCards('devices', sessions, (session) => deviceCard(session, {
    logOut: () => end(page, `${page.prefix}/sessions/${session.id}`, session.deviceName),
    rename: (session, name) => rename(page, session, name)
  }))
  byId('devices-summary').textContent = others.length === 0
    ? 'You are signed in here, and nowhere else.'
    : `You are signed in on ${sessions.length} devices. Log out those that you do not know or do not use.`
  byId('log-out-others').hidden = others.length === 0
}

/** Ends sessions; 200 means that no server accepts them any more. */
export async function end (page, path, what, after = loadDevices) {
  const again = () => end(page, path, what, after)
  try {
    const { count, waitedMs } = await request('DELETE', path)
    toast(count === 0 ? `${what} was already logged out.` : `${what} logged out, confirmed in ${Math.max(1, Math.round(waitedMs))} ms.`)
  } catch (error) {
    if (error.signedOut) return page.signedOut(error.reason)
    if (error.passing) return toast(error.message, { bad: true, retry: again })
    toast(error.status === 404 ? `${what} was already logged out.` : error.message, { bad: error.status !== 404 })
  }
  await reload(page, after)
}

async function rename (page, session, deviceName) {
  try {
    await request('PATCH', `${page.prefix}/sessions/${session.id}`, { deviceName })
    toast(`Renamed to ${deviceName}.`)
    // after the form has closed: an open one is left alone
    window.setTimeout(() => reload(page, loadDevices))
    return true
  } catch (error) {
    if (error.signedOut) page.signedOut(error.reason)
    else toast(error.message, { bad: true })
    return false
  }
}

async function reload (page, load) {
  try {
    await load(page)
  } catch (error) {
    if (error.signedOut) page.signedOut(error.reason)
    else toast(error.message, { bad: true, retry: () => reload(page, load) })
  }
}

export function setUpDevices (page) {
  const dialog = byId('confirm')
  byId('log-out-others').addEventListener('click', () => {
    const [only] = others
    byId('confirm-text').textContent = others.length === 1
      ? `${only.deviceName} is logged out at once. You stay signed in here.`
      : `${others.length} devices are logged out at once. You stay signed in here.`
    dialog.returnValue = 'cancel'
    dialog.showModal()
  })
  dialog.addEventListener('close', () => {
    if (dialog.returnValue === 'ok') end(page, `${page.prefix}/sessions/others`, others.length === 1 ? others[0].deviceName : 'All other devices')
  })
}

export function closeConfirm () {
  const dialog = byId('confirm')
  if (dialog.open) dialog.close('cancel')
}
