/** What both panels say at once, in English. */
import type { OpenedTexts } from './opened-en.ts'

export const sharedEn = {
  here: 'This device',
  now: 'Active now',
  active: 'Active {ago}',
  since: 'signed in {time}',
  logOut: 'Log out',
  logOutName: 'Log out {name}',
  detailsName: 'Details of {name}',
  askOne: 'Log out {name}?',
  askOneText: 'It is out at once and has to sign in again.',
  ended: 'Logged out',
  endedName: '{name}: logged out',
  more: 'Show more',
  signedOut: 'You are signed out. Please sign in again.',
  retry: 'Retry',
  unreachable: 'The server can not be reached. Is the network gone?',
  limited: 'Too many tries. Please wait a moment and try again.',
  limitedFor: 'Too many tries. Please wait {time} and try again.',
  unconfirmed: 'Logged out, but not every server has confirmed it yet. Trying again is safe.',
  forbidden: 'You are not allowed to do this.',
  failed: 'That did not work. Please try again.'
}

/** With what they say later. */
export type SharedTexts = typeof sharedEn & OpenedTexts
