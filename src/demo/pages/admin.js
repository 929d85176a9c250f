// The administrator's list of everybody's sessions; hidden where the server has none, or does not allow it.
import { request } from './api.js'
import { deviceCard, showCards } from './device-card.js'
import { end } from './devices.js'
import { byId } from './dom.js'

export async function showAdmin (page) {
  const section = byId('admin')
  try {
    const { items } = await request('GET', `${page.prefix}/admin/sessions?limit=50&status=active`)
    section.hidden = false
    showCards('admin-sessions', items, (session) => deviceCard(session, {
      logOut: () => end(page, `${page.prefix}/admin/sessions/${session.id}`, session.deviceName, showAdmin)
    }, { owner: session.userId ?? session.user?.id }))
  } catch (error) {
    if (error.status !== 403 && error.status !== 404) throw error
    section.hidden = true
  }
}
