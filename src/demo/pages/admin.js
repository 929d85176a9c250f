// The administrator's part: the rule for second devices, and everybody's sessions.
import '/panel/admin.js'
import { request } from './api.js'
import { byId, make, toast } from './dom.js'

export async function showAdmin (page) {
  const onsignedout = ({ detail }) => { page.signedOut(detail) }
  const panel = make('live-sessions-admin', { prefix: page.prefix, onsignedout })
  // the list knows ids; these make them people
  panel.describeUser = async (ids) => (await request('POST', `${page.prefix}/admin/people`, { ids })).labels
  panel.findUser = async (text) => (await request('POST', `${page.prefix}/admin/people/find`, { email: text })).id
  byId('admin').replaceChildren(panel)
  try {
    showRule(await request('GET', `${page.prefix}/admin/settings`))
    byId('concurrent-login').hidden = false
  } catch (error) {
    // SESSION_OPTIONS say what the rule is: there is none to choose
    if (error.status !== 403 && error.status !== 404) toast(error.message, { bad: true, retry: () => showAdmin(page) })
  }
}

export function hideAdmin () {
  byId('admin').replaceChildren()
  byId('concurrent-login').hidden = true
}

function showRule ({ preventConcurrentLogin }) {
  for (const choice of byId('concurrent-login').elements.preventConcurrentLogin) {
    choice.checked = choice.value === preventConcurrentLogin
  }
}

export function setUpAdmin (page) {
  byId('concurrent-login').addEventListener('change', ({ target }) => { setRule(page, target.value) })
}

async function setRule (page, preventConcurrentLogin) {
  try {
    showRule(await request('PUT', `${page.prefix}/admin/settings`, { preventConcurrentLogin }))
    toast('Saved. It holds from the next sign-in on.')
  } catch (error) {
    if (error.signedOut) return page.signedOut(error)
    toast(error.message, { bad: true, retry: () => setRule(page, preventConcurrentLogin) })
  }
}
