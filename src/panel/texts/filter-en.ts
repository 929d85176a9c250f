/** What the form "Log out many at once" says, in English; fetched with it. */

export const en = {
  manyText: 'All that match every field. You see how many before anything happens.',
  userId: 'User’s id',
  ip: 'Address',
  countryCode: 'Country (two letters)',
  deviceType: 'Kind of device',
  clientId: 'App',
  createdBefore: 'Signed in before',
  inactiveSince: 'Not used since',
  everybody: 'Everybody, whatever the other fields say',
  reason: 'Reason',
  any: 'Any',
  count: 'Count them',
  empty: 'Fill in a field first.',
  desktop: 'Computer',
  mobile: 'Phone',
  tablet: 'Tablet',
  tv: 'TV',
  console: 'Games console',
  wearable: 'Watch',
  cli: 'Command line',
  bot: 'Bot',
  unknown: 'Unknown',
  app: 'App',
  revoked_by_admin: 'Logged out by an administrator',
  password_changed: 'The password was changed',
  account_disabled: 'The account was disabled',
  policy: 'Ended by the rules of this site'
}

export type FilterTexts = typeof en
