/** What the administrators' panel says where something has been opened, in English. */
import { openedEn } from './opened-en.ts'

export const openedAdminEn = {
  ...openedEn,
  ofUser: 'Log out all sessions of {name}',
  askMany: 'Sessions to log out: {count}. Go on?',
  askManyText: 'They are out at once.',
  askEverybody: 'All of them, your own included, are out at once.',
  done: 'Logged out: {count}.',
  user: 'User',
  events: 'What happened',
  by: 'by {name}',
  event_opened: 'Signed in',
  event_assessed: 'Sign-in checked for risk',
  event_confirmed: 'Sign-in confirmed',
  event_renamed: 'Renamed',
  event_unknown: 'Changed',
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
  unknown: 'Unknown'
}

export type OpenedAdminTexts = typeof openedAdminEn
