/** Why a session ended, in English: a title and a text for each reason of the protocol. */

export const en = {
  logout_title: 'You are logged out',
  logout_text: 'You logged out in this browser. Your other devices stay signed in.',
  replaced_title: 'Somebody signed in here after you',
  replaced_text: 'A newer sign-in in this browser took the place of yours. If that was you, reload the page.',
  revoked_by_user_title: 'You were logged out from another device',
  revoked_by_user_text: 'Somebody who is signed in to your account ended this session from the list of devices.',
  revoked_by_admin_title: 'An administrator logged you out',
  revoked_by_admin_text: 'This session was ended by an administrator. You can sign in again.',
  concurrent_login_title: 'You signed in somewhere else',
  concurrent_login_text: 'This account may be used on one device at a time, and a newer sign-in took over.',
  session_limit_title: 'Too many devices',
  session_limit_text: 'You signed in on another device, and this one had to make room for it.',
  password_changed_title: 'Your password was changed',
  password_changed_text:
    'To keep your account safe, the devices that knew the old password were logged out. Sign in with the new one.',
  account_disabled_title: 'Your account is disabled',
  account_disabled_text: 'All its devices were logged out.',
  reported_by_user_title: 'This session was reported',
  reported_by_user_text: 'Somebody with access to your account said that this sign-in was not theirs, so it was ended.',
  policy_title: 'Your session was ended',
  policy_text: 'The rules of this site ended it. You can sign in again.',
  expired_title: 'Your session has expired',
  expired_text: 'It reached its longest time. Please sign in again.',
  idle_timeout_title: 'You were away for a while',
  idle_timeout_text: 'To keep your account safe, a session ends when it is not used. Please sign in again.',
  unknown_title: 'You are signed out',
  unknown_text: 'Your session has ended. Please sign in again.',
  when: 'That was: {time}.',
  where: 'It was done on “{device}”.',
  whenAndWhere: 'It was done on “{device}” ({time}).',
  adviceOther: 'If that was not you: sign in, log out all other devices, and change your password.',
  advicePassword: 'If it was not you who changed it: reset it now, then log out all other devices.',
  adviceAdmin: 'If you do not know why, ask an administrator.',
  adviceNone: ''
}

export type LoggedOutTexts = typeof en
