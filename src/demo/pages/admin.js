// The administrator's part: the rule for second devices, and everybody's sessions; each hidden where the server has none, or does not allow it.
import { request } from './api.js'
import { deviceCard, showCards } from './device-card.js'
import { end } from './devices.js'
import { byId, toast } from './dom.js'

export async function showAdmin (page) {
  await Promise.all([
    where('admin', async () => {
      const { items } = await request('GET', `${page.prefix}/admin/sessions?limit=50&status=active`)
      showCards('admin-sessions', items, (session) => deviceCard(session, {
        logOut: () => end(page, `${page.prefix}/admin/sessions/${session.id}`, session.deviceName, showAdmin)
      }, { owner: session.userId ?? session.user?.id }))
    }),
    where('concurrent-login', async () => {
      showRule(await request('GET', `${page.prefix}/admin/settings`))
    })
  ])
}

/** Shows a section when what it is made of could be had. */
async function where (id, load) {
  try {
    await load()
    byId(id).hidden = false
  } catch (error) {
    if (error.status !== 403 && error.status !== 404) throw error
    byId(id).hidden = true
  }
}

function showRule ({ preventConcurrentLogin }) {
  for (const choice of byId('concurrent-login').elements.preventConcurrentLogin) choice.checked = choice.value === preventConcurrentLogin
}

export function setUpAdmin (page) {
  byId('concurrent-login').addEventListener('change', ({ target }) => { setRule(page, target.value) })
}

async function setRule (page, preventConcurrentLogin) {
  try {
    showRule(await request('PUT', `${page.prefix}/admin/settings`, { preventConcurrentLogin }))
    toast('Saved. It holds from the next sign-in on.')
  } catch (error) {
    if (error.signedOut) return page.signedOut(error.reason)
    toast(error.message, { bad: true, retry: () => setRule(page, preventConcurrentLogin) })
    showAdmin(page).catch(() => {})
  }
}
