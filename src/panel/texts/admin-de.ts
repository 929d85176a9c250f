/** What the administrators' panel says, in German. */
import type { AdminTexts } from './admin-en.ts'
import { sharedDe } from './shared-de.ts'

export const de: AdminTexts = {
  ...sharedDe,
  title: 'Alle Sitzungen',
  search: 'Person, Name oder Adresse',
  find: 'Suchen',
  endedToo: 'Beendete auch',
  found: 'Sitzungen: {count}.',
  foundMore: 'Sitzungen: {count}, und es gibt mehr.',
  nothing: 'Keine Sitzung passt.',
  fresh: '{count} neue: zeigen',
  askText: 'Es ist sofort draußen und muss sich neu anmelden.',
  ofUser: 'Alle Sitzungen von {name} abmelden',
  askMany: 'Abzumelden: {count}. Fortfahren?',
  askManyText: 'Sie sind sofort draußen.',
  askEverybody: 'Alle, auch Ihre eigene, sind sofort draußen.',
  done: 'Abgemeldet: {count}.',
  many: 'Viele auf einmal abmelden',
  user: 'Person',
  events: 'Was geschah',
  by: 'durch {name}',
  opened: 'Angemeldet',
  renamed: 'Umbenannt',
  endedBecause: 'Beendet: {reason}'
}
