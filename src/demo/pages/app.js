// The page: finds out whether we are signed in, shows the right view, and listens for the end of the session.
import { connectLiveSession } from '/client/index.js'
import { setUpAdmin, showAdmin } from './admin.js'
import { request } from './api.js'
import { closeConfirm, loadDevices, setUpDevices } from './devices.js'
import { byId, show, toast } from './dom.js'
import { icon } from './icons.js'
import { hideNotices, showNotice } from './notices.js'
import { describeReason } from './reasons.js'
import { setUpSignIn, showSignIn } from './sign-in.js'

const LIVE_WORDS = {
  connecting: 'Connecting…',
  open: 'Live',
  waiting: 'Reconnecting…',
  confirming: 'Checking…'
}

// Tabs of one browser share one cookie: when one signs in, the others follow.
const tabs = new window.BroadcastChannel('live-sessions-demo')
const page = { prefix: '/api', live: null, admin: false, signedOut }

function leave () {
  page.live?.close()
  page.live = null
  page.admin = false
  closeConfirm()
  hideNotices()
  for (const id of ['live', 'who', 'log-out', 'admin', 'waiting']) byId(id).hidden = true
}

/** Asks the server who we are; the cookie answers. */
async function start () {
  leave()
  try {
    const { user } = await request('GET', `${page.prefix}/me`)
    await enter(user)
  } catch (error) {
    if (!error.signedOut) problem(error)
    else if (error.reason) signedOut(error.reason)
    else showSignIn()
  }
}

async function enter (user) {
  page.admin = user.admin
  await loadDevices(page)
  byId('who').textContent = user.email
  for (const id of ['who', 'log-out', 'live']) byId(id).hidden = false
  show('devices')
  page.live = connectLiveSession({
    prefix: page.prefix,
    onLogout: ({ reason }) => { signedOut(reason) },
    onChange: refresh,
    onNotice: (notice) => { showNotice(page, notice) },
    onStateChange: showState
  })
  showState(page.live.state)
}

async function refresh () {
  try {
    await loadDevices(page)
    if (page.admin) await showAdmin(page)
  } catch (error) {
    if (error.signedOut) signedOut(error.reason)
    else toast(error.message, { bad: true, retry: refresh })
  }
}

function showState (state) {
  if (!(state in LIVE_WORDS)) return
  byId('live').dataset.state = state
  byId('live-text').textContent = LIVE_WORDS[state]
}

function signedOut (reason) {
  leave()
  const { title, text } = describeReason(reason)
  byId('ended-icon').replaceChildren(icon('out'))
  byId('ended-title').textContent = title
  byId('ended-text').textContent = text
  byId('ended-code').textContent = reason ? `Reason: ${reason}` : ''
  byId('toasts').replaceChildren()
  show('ended')
}

function problem (error) {
  byId('problem-text').textContent = error.message ?? 'The page could not be loaded.'
  show('problem')
}

async function logOut () {
  try {
    await request('POST', `${page.prefix}/auth/logout`)
    signedOut('logout')
  } catch (error) {
    if (error.signedOut) signedOut(error.reason)
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

setUpDevices(page)
setUpAdmin(page)
byId('log-out').addEventListener('click', logOut)
byId('sign-in-again').addEventListener('click', () => { showSignIn() })
byId('problem-retry').addEventListener('click', () => { window.location.reload() })
tabs.addEventListener('message', start)
// What was missed while the page was out of sight (the words for the times, a lost hint) is made up for.
document.addEventListener('visibilitychange', () => { if (!document.hidden && page.live) refresh() })
load()
