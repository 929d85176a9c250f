/** What the devices' panel says at once, in English. */
import type { OpenedTexts } from './opened-en.ts'
import { sharedEn } from './shared-en.ts'

export const en = {
  ...sharedEn,
  title: 'Your devices',
  alone: 'You are signed in here, and nowhere else.',
  many: 'You are signed in on {count} devices.',
  fresh: 'New',
  freshName: 'New sign-in: {name}',
  others: 'Log out all other devices',
  askOthers: 'Log out all other devices?',
  askOthersText: 'Devices: {count}. They are out at once; you stay signed in here.',
  renameName: 'Rename {name}',
  name: 'Name of this device',
  save: 'Save',
  history: 'Ended sessions',
  none: 'None yet.',
  connecting: 'Connecting…',
  open: 'Live',
  waiting: 'Reconnecting…',
  offline: 'Offline'
}

/** With what it says later. */
export type PanelTexts = typeof en & OpenedTexts
