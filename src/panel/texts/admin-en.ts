/** What the administrators' panel says at once, in English. */
import type { OpenedAdminTexts } from './opened-admin-en.ts'
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
  many: 'Log out many at once'
}

/** With what it says later. */
export type AdminTexts = typeof en & OpenedAdminTexts
