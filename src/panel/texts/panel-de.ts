/** What the devices' panel says, in German. */
import type { PanelTexts } from './panel-en.ts'
import { sharedDe } from './shared-de.ts'

export const de: PanelTexts = {
  ...sharedDe,
  title: 'Ihre Geräte',
  alone: 'Sie sind nur hier angemeldet.',
  many: 'Sie sind auf {count} Geräten angemeldet.',
  fresh: 'Neu',
  freshName: 'Neue Anmeldung: {name}',
  others: 'Alle anderen Geräte abmelden',
  askOthers: 'Alle anderen Geräte abmelden?',
  askOthersText: 'Geräte: {count}. Sie sind sofort draußen; hier bleiben Sie angemeldet.',
  renameName: 'Umbenennen: {name}',
  name: 'Name dieses Geräts',
  save: 'Speichern',
  history: 'Beendete Sitzungen',
  none: 'Noch keine.',
  connecting: 'Verbinde …',
  open: 'Live',
  waiting: 'Verbinde neu …',
  offline: 'Offline'
}
