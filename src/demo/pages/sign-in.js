// The form to sign in with, and the demo accounts that fill it in.
import { request } from './api.js'
import { byId, make, show } from './dom.js'

export function showSignIn () {
  const error = byId('sign-in-error')
  error.hidden = true
  show('sign-in', { focus: false })
  byId(byId('email').value === '' ? 'email' : 'password').focus()
}

/** `demo`: what /demo.json says; `onSignedIn` is called when the cookie is there. */
export function setUpSignIn ({ prefix, accounts, password, openLogin }, onSignedIn) {
  const form = byId('sign-in')
  const button = form.querySelector('button[type=submit]')
  byId('open-login').hidden = !openLogin
  for (const email of accounts) {
    byId('accounts').append(make('button', {
      type: 'button',
      class: 'account',
      text: email,
      title: `Fill in ${email} and its password`,
      onclick () {
        byId('email').value = email
        byId('password').value = password
        button.focus()
      }
    }))
  }

  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const error = byId('sign-in-error')
    error.hidden = true
    button.disabled = true
    try {
      const [email, password] = [byId('email').value, byId('password').value]
      const body = { email, password, transport: 'cookie', device: { touch: navigator.maxTouchPoints > 1 } }
      await request('POST', `${prefix}/auth/login`, body)
      byId('password').value = ''
      onSignedIn()
    } catch (problem) {
      error.textContent = problem.message
      error.hidden = false
      if (!problem.passing) byId('password').select()
    } finally {
      button.disabled = false
    }
  })
}
