/** What the administrators' panel says, in English. */
import type { FilterTexts } from './filter-en.ts'
import { sharedEn } from './shared-en.ts'

export const en = {
  ...sharedEn,
  title: 'All sessions',
  search: 'User, name or address',
  find: 'Search',
  endedToo: 'Ended ones, too',
  found: 'Sessions: {count}.',
  foundMore: 'Sessions: {count}, and there are more.',
  nothing: 'No session matches.',
  fresh: '{count} new: show',
  askText: 'It is out at once and has to sign in again.',
  ofUser: 'Log out all sessions of {name}',
  askMany: 'Sessions to log out: {count}. Go on?',
  askManyText: 'They are out at once.',
  askEverybody: 'All of them, your own included, are out at once.',
  done: 'Logged out: {count}.',
  many: 'Log out many at once',
  user: 'User',
  events: 'What happened',
  by: 'by {name}',
  opened: 'Signed in',
  renamed: 'Renamed',
  endedBecause: 'Ended: {reason}'
}

export type AdminTexts = typeof en
/** With those of the form that is fetched when it is opened. */
export type AllAdminTexts = AdminTexts & FilterTexts
