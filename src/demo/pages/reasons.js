// Why a session ended, in words: one entry for each reason of the protocol.

export const REASONS = {
  logout: {
    title: 'You are logged out',
    text: 'You logged out in this browser. Your other devices stay signed in.'
  },
  replaced: {
    title: 'Somebody signed in here after you',
    text: 'A newer sign-in in this browser took the place of yours. If that was you, reload the page.'
  },
  revoked_by_user: {
    title: 'You were logged out from another device',
    text: 'Somebody who is signed in to your account ended this session from the list of devices. If that was not you, sign in and look through the list.'
  },
  revoked_by_admin: {
    title: 'An administrator logged you out',
    text: 'This session was ended by an administrator. You can sign in again.'
  },
  concurrent_login: {
    title: 'You signed in somewhere else',
    text: 'This account may be used on one device at a time, and a newer sign-in took over.'
  },
  session_limit: {
    title: 'Too many devices',
    text: 'You signed in on another device, and this one had to make room for it.'
  },
  password_changed: {
    title: 'Your password was changed',
    text: 'To keep your account safe, the devices that knew the old password were logged out. Sign in with the new one.'
  },
  account_disabled: {
    title: 'Your account is disabled',
    text: 'All its devices were logged out. Please ask an administrator.'
  },
  reported_by_user: {
    title: 'This session was reported',
    text: 'Somebody with access to your account said that this sign-in was not theirs, so it was ended.'
  },
  policy: {
    title: 'Your session was ended',
    text: 'The rules of this site ended it. You can sign in again.'
  },
  expired: {
    title: 'Your session has expired',
    text: 'It reached its longest time. Please sign in again.'
  },
  idle_timeout: {
    title: 'You were away for a while',
    text: 'To keep your account safe, a session ends when it is not used. Please sign in again.'
  }
}

const UNKNOWN = { title: 'You are logged out', text: 'Your session has ended. Please sign in again.' }

export function describeReason (reason) {
  return Object.hasOwn(REASONS, reason ?? '') ? REASONS[reason] : UNKNOWN
}
