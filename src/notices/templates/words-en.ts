/** English. */
import type { Words } from './words.ts'

export const english: Words = {
  language: 'en',
  subject: {
    new_device: ({ app, device }) => `New sign-in to ${app}: ${device}`,
    suspicious: ({ app, device }) => `Unusual sign-in to ${app}: ${device}`,
    refused: ({ app, device }) => `A sign-in to ${app} was refused: ${device}`,
    password_changed: ({ app }) => `Your password for ${app} was changed`,
    sessions_ended: ({ app }) => `Other devices were signed out of ${app}`
  },
  title: {
    new_device: 'New sign-in to your account',
    suspicious: 'Unusual sign-in to your account',
    refused: 'A sign-in to your account was refused',
    password_changed: 'Your password was changed',
    sessions_ended: 'Other devices were signed out'
  },
  intro: {
    new_device: ({ host }) =>
      `Somebody has just signed in to your account at ${host}, on a device that was never used for it before.`,
    suspicious: ({ host }) =>
      `Somebody has just signed in to your account at ${host}, and some things about it are unusual.`,
    refused: ({ host }) =>
      `Somebody has just tried to sign in to your account at ${host}. They could prove to be you, but were not let in.`,
    password_changed: ({ host }) =>
      `The password of your account at ${host} was changed, and other devices were signed out.`,
    sessions_ended: ({ host, ended }) =>
      `From one of your devices, ${
        ended === 1 ? 'another device was' : `${ended} other devices were`
      } signed out of your account at ${host}.`
  },
  facts: {
    account: 'Account',
    device: 'Device',
    place: 'Place (roughly)',
    address: 'IP address',
    time: 'Time',
    method: 'Signed in with',
    why: 'What is unusual'
  },
  methods: { password: 'Password', passkey: 'Passkey', 'magic-link': 'Link in a mail', code: 'Code' },
  reason (reason, country) {
    switch (reason.reason) {
      case 'new_device': return 'This device was never used for your account before.'
      case 'new_country': return `You never signed in from ${country(reason.countryCode)} before.`
      case 'refused_device': return 'You said of a sign-in with this device that it was not you.'
      case 'new_address': return null
      case 'impossible_travel':
        return `Not long before, you were in ${reason.from}: ${reason.kilometres} km away. Nobody travels that fast.`
      case 'failed_logins':
        return `${reason.count} wrong passwords were tried before the right one.`
      case 'anonymous_address':
        return 'The connection hides where it comes from.'
      case 'datacentre':
        return 'The connection comes from a data centre.'
    }
  },
  wasYou: 'Was this you? Then there is nothing to do.',
  wasYouRefused: 'Was this you? Then sign in from a device or a place that you have used before.',
  wasNotYou: 'Was it somebody else?',
  button: 'This wasn’t me',
  buttonExplained: 'Opens a page on which you sign that device out. Nothing happens until you press the button there.',
  validUntil: (time) => `The link works until ${time}.`,
  changePassword: 'If it was somebody else, change your password, too: they know it.',
  notYouAtAll: 'Was this not you? Then somebody else has control of your account: set a new password at once.',
  notYouRefused: 'Was it somebody else? Then they know your password, or have what you sign in with: change it.',
  footer: ({ app, host, account }) =>
    `${app} sent this notice because of what happened to the account ${account} at ${host}. We never ask for your password in a mail.`,
  page: {
    askTitle: 'Was this not you?',
    ask: ({ device, host }) => `${device} is signed in to your account at ${host}.`,
    askExplained:
      'If you don’t know this device, sign it out. It is out at once, and can’t sign in to your account any more.',
    askButton: 'Sign this device out',
    doneTitle: 'This device is signed out',
    done: ({ device }, time) => `${device} was signed out of your account: ${time}.`,
    deviceRefused: 'It can’t sign in to your account any more.',
    othersAsk: 'To be on the safe side you can sign out on all other devices, your own included, and sign in again.',
    othersButton: 'Sign out on all devices',
    othersDone: 'All other devices are signed out, too.',
    changePassword: 'Then change your password: whoever signed in knows it.',
    changePasswordButton: 'Change password',
    badTitle: 'This link does not work',
    bad: 'Perhaps it was not copied as a whole. Open it once more from the mail.',
    expiredTitle: 'This link is too old',
    expired: 'It ended nothing. Sign in, and look at the list of your devices.',
    unsureTitle: 'Please try once more',
    unsure: 'It could not be made certain yet that this device is out everywhere. Repeating is safe.',
    failed: 'That did not work just now. Please open the link from the mail once more in a moment.',
    unsureButton: 'Try again',
    signedInAt: (time) => `Signed in: ${time}`
  }
}
