/** German. */
import type { Words } from './words.ts'

export const german: Words = {
  language: 'de',
  subject: {
    new_device: ({ app, device }) => `Neue Anmeldung bei ${app}: ${device}`,
    suspicious: ({ app, device }) => `Ungewöhnliche Anmeldung bei ${app}: ${device}`,
    refused: ({ app, device }) => `Anmeldung bei ${app} abgewiesen: ${device}`,
    password_changed: ({ app }) => `Ihr Passwort für ${app} wurde geändert`,
    sessions_ended: ({ app }) => `Andere Geräte wurden bei ${app} abgemeldet`
  },
  title: {
    new_device: 'Neue Anmeldung in Ihrem Konto',
    suspicious: 'Ungewöhnliche Anmeldung in Ihrem Konto',
    refused: 'Eine Anmeldung in Ihrem Konto wurde abgewiesen',
    password_changed: 'Ihr Passwort wurde geändert',
    sessions_ended: 'Andere Geräte wurden abgemeldet'
  },
  intro: {
    new_device: ({ host }) =>
      `Gerade hat sich jemand in Ihrem Konto bei ${host} angemeldet, mit einem Gerät, das dafür noch nie benutzt wurde.`,
    suspicious: ({ host }) =>
      `Gerade hat sich jemand in Ihrem Konto bei ${host} angemeldet, und manches daran ist ungewöhnlich.`,
    refused: ({ host }) =>
      `Gerade wollte sich jemand in Ihrem Konto bei ${host} anmelden. Die Zugangsdaten stimmten, eingelassen wurde niemand.`,
    password_changed: ({ host }) =>
      `Das Passwort Ihres Kontos bei ${host} wurde geändert; andere Geräte wurden abgemeldet.`,
    sessions_ended: ({ host, ended }) =>
      `Von einem Ihrer Geräte aus ${
        ended === 1 ? 'wurde ein anderes Gerät' : `wurden ${ended} andere Geräte`
      } von Ihrem Konto bei ${host} abgemeldet.`
  },
  facts: {
    account: 'Konto',
    device: 'Gerät',
    place: 'Ort (ungefähr)',
    address: 'IP-Adresse',
    time: 'Zeit',
    method: 'Angemeldet mit',
    why: 'Was ungewöhnlich ist'
  },
  methods: { password: 'Passwort', passkey: 'Passkey', 'magic-link': 'Link in einer Mail', code: 'Code' },
  reason (reason, country) {
    switch (reason.reason) {
      case 'new_device': return 'Dieses Gerät wurde für Ihr Konto noch nie benutzt.'
      case 'new_country': return `Aus diesem Land haben Sie sich noch nie angemeldet: ${country(reason.countryCode)}.`
      case 'refused_device': return 'Sie haben von einer Anmeldung mit diesem Gerät gesagt, dass Sie das nicht waren.'
      case 'new_address': return null
      case 'impossible_travel':
        return `Kurz zuvor waren Sie ${reason.kilometres} km entfernt (${reason.from}). So schnell reist niemand.`
      case 'failed_logins':
        return `Vor dem richtigen Passwort wurden ${reason.count} falsche versucht.`
      case 'anonymous_address':
        return 'Die Verbindung verbirgt, woher sie kommt.'
      case 'datacentre':
        return 'Die Verbindung kommt aus einem Rechenzentrum.'
    }
  },
  wasYou: 'Waren Sie das? Dann ist nichts zu tun.',
  wasYouRefused: 'Waren Sie das? Dann melden Sie sich mit einem Gerät oder an einem Ort an, die Sie schon benutzt haben.',
  wasNotYou: 'War es jemand anderes?',
  button: 'Das war ich nicht',
  buttonExplained:
    'Öffnet eine Seite, auf der Sie dieses Gerät abmelden. Bevor Sie dort auf den Knopf drücken, geschieht nichts.',
  validUntil: (time) => `Der Link gilt bis ${time}.`,
  changePassword: 'War es jemand anderes, ändern Sie auch Ihr Passwort: Es ist bekannt.',
  notYouAtAll:
    'Waren Sie das nicht? Dann hat jemand anderes Ihr Konto in der Hand: Setzen Sie sofort ein neues Passwort.',
  notYouRefused:
    'War es jemand anderes? Dann ist Ihr Passwort bekannt, oder womit Sie sich sonst anmelden: Ändern Sie es.',
  footer: ({ app, host, account }) =>
    `${app} schickt diese Nachricht wegen eines Ereignisses im Konto ${account} bei ${host}. Wir fragen nie in einer Mail nach Ihrem Passwort.`,
  page: {
    askTitle: 'Waren Sie das nicht?',
    ask: ({ device, host }) => `In Ihrem Konto bei ${host} ist angemeldet: ${device}.`,
    askExplained:
      'Wenn Sie dieses Gerät nicht kennen, melden Sie es ab. Es ist sofort abgemeldet und kann sich in Ihrem Konto nicht mehr anmelden.',
    askButton: 'Dieses Gerät abmelden',
    doneTitle: 'Dieses Gerät ist abgemeldet',
    done: ({ device }, time) => `Von Ihrem Konto abgemeldet wurde: ${device} (${time}).`,
    deviceRefused: 'Es kann sich in Ihrem Konto nicht mehr anmelden.',
    othersAsk:
      'Um sicherzugehen, können Sie auch alle anderen Geräte abmelden, Ihre eigenen eingeschlossen, und sich neu anmelden.',
    othersButton: 'Alle Geräte abmelden',
    othersDone: 'Auch alle anderen Geräte sind abgemeldet.',
    changePassword: 'Ändern Sie dann Ihr Passwort: Wer sich angemeldet hat, kennt es.',
    changePasswordButton: 'Passwort ändern',
    badTitle: 'Dieser Link funktioniert nicht',
    bad: 'Vielleicht wurde er nicht ganz kopiert. Öffnen Sie ihn noch einmal aus der Mail.',
    expiredTitle: 'Dieser Link ist zu alt',
    expired: 'Es wurde nichts beendet. Melden Sie sich an und sehen Sie in der Liste Ihrer Geräte nach.',
    unsureTitle: 'Bitte noch einmal versuchen',
    unsure: 'Noch ist nicht sicher, dass dieses Gerät überall abgemeldet ist. Wiederholen schadet nicht.',
    failed: 'Das hat gerade nicht geklappt. Bitte öffnen Sie den Link aus der Mail gleich noch einmal.',
    unsureButton: 'Noch einmal versuchen',
    signedInAt: (time) => `Angemeldet: ${time}`
  }
}
