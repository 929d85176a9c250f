// The page: finds out whether we are signed in, shows the right view, and leaves the rest to the package's elements.
import '/panel/index.js'
import '/panel/logged-out.js'
import { hideAdmin, setUpAdmin, showAdmin } from './admin.js'
import { request } from './api.js'
import { byId, make, show, toast } from './dom.js'
import { hideNotices, showNotice } from './notices.js'
import { setUpSignIn, showSignIn } from './sign-in.js'

// Tabs of one browser share one cookie: when one signs in, the others follow.
const tabs = new window.BroadcastChannel('live-sessions-demo')
const page = { prefix: '/api', signedOut }

function leave () {
  byId('panel').replaceChildren()
  hideNotices()
  hideAdmin()
  for (const id of ['who', 'log-out', 'waiting']) byId(id).hidden = true
}

/** Asks the server who we are; the cookie answers. */
async function start () {
  leave()
  try {
    const { user } = await request('GET', `${page.prefix}/me`)
    enter(user)
  } catch (error) {
    if (!error.signedOut) problem(error)
    else if (error.reason) signedOut(error)
    else showSignIn()
  }
}

function enter (user) {
  byId('who').textContent = user.email
  for (const id of ['who', 'log-out']) byId(id).hidden = false
  show('devices')
  byId('panel').replaceChildren(make('live-sessions-panel', {
    prefix: page.prefix,
    'heading-level': '1',
    onchange: ({ detail }) => { byId('waiting').hidden = detail.sessions[0]?.confirmed !== false },
    onsignedout: ({ detail }) => { signedOut(detail) },
    onnotice: ({ detail }) => { showNotice(page, detail) }
  }))
  if (user.admin) showAdmin(page)
}

/** `how`: as much as is known, of `reason`, `at` and `by`. */
function signedOut (how) {
  leave()
  byId('toasts').replaceChildren()
  show('ended')
  byId('ended').show(how)
}

function problem (error) {
  byId('problem-text').textContent = error.message ?? 'The page could not be loaded.'
  show('problem')
}

async function logOut () {
  try {
    await request('POST', `${page.prefix}/auth/logout`)
    signedOut({ reason: 'logout' })
  } catch (error) {
    if (error.signedOut) signedOut(error)
    else toast(error.message, { bad: true, retry: logOut })
  }
}

async function load () {
  try {
    const demo = await request('GET', '/demo.json')
    page.prefix = demo.prefix
    setUpSignIn(demo, () => { tabs.postMessage('signed-in'); start() })
    await start()
  } catch (error) {
    problem(error)
  }
}

setUpAdmin(page)
byId('log-out').addEventListener('click', logOut)
byId('sign-in-again').addEventListener('click', () => { showSignIn() })
byId('problem-retry').addEventListener('click', () => { window.location.reload() })
tabs.addEventListener('message', start)
load()
