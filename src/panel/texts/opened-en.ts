/** What both panels say where something has been opened: dialogs, details, why a session ended. In English. */

export const openedEn = {
  justNow: 'just now',
  cancel: 'Cancel',
  confirmed: 'device confirmed',
  browser: 'Browser',
  system: 'System',
  model: 'Model',
  app: 'App',
  signedIn: 'Signed in',
  expires: 'Ends if unused',
  addresses: 'Last addresses',
  stepUp: 'Is it you?',
  stepUpText: 'Please confirm your password first.',
  password: 'Password',
  next: 'Continue',
  wrongPassword: 'The password is wrong.',
  logout: 'Logged out there',
  replaced: 'Replaced by a newer sign-in in the same browser',
  revoked_by_user: 'Logged out from another device',
  revoked_by_admin: 'Logged out by an administrator',
  concurrent_login: 'Gave way to a sign-in on another device',
  session_limit: 'Gave way: too many devices',
  password_changed: 'The password was changed',
  account_disabled: 'The account was disabled',
  reported_by_user: 'Reported as unknown',
  policy: 'Ended by the rules of this site',
  expired: 'Expired',
  idle_timeout: 'Not used for a while'
}

export type OpenedTexts = typeof openedEn
