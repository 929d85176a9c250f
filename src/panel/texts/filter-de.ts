/** What the form "Log out many at once" says, in German. */
import type { FilterTexts } from './filter-en.ts'

export const de: FilterTexts = {
  manyText: 'Alle, auf die jedes Feld passt. Sie sehen erst, wie viele es sind.',
  userId: 'Kennung der Person',
  ip: 'Adresse',
  countryCode: 'Land (zwei Buchstaben)',
  deviceType: 'Art des Geräts',
  clientId: 'App',
  createdBefore: 'Angemeldet vor',
  inactiveSince: 'Unbenutzt seit',
  everybody: 'Alle, was auch in den anderen Feldern steht',
  reason: 'Grund',
  any: 'Beliebig',
  count: 'Zählen',
  empty: 'Füllen Sie erst ein Feld aus.',
  desktop: 'Computer',
  mobile: 'Telefon',
  tablet: 'Tablet',
  tv: 'Fernseher',
  console: 'Spielkonsole',
  wearable: 'Uhr',
  cli: 'Kommandozeile',
  bot: 'Bot',
  unknown: 'Unbekannt',
  app: 'App',
  revoked_by_admin: 'Von der Verwaltung abgemeldet',
  password_changed: 'Das Passwort wurde geändert',
  account_disabled: 'Das Konto wurde gesperrt',
  policy: 'Nach den Regeln dieser Seite beendet'
}
