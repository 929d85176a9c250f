/** Why a session ended, in German. */
import type { LoggedOutTexts } from './logged-out-en.ts'

export const de: LoggedOutTexts = {
  logout_title: 'Sie sind abgemeldet',
  logout_text: 'Sie haben sich in diesem Browser abgemeldet. Ihre anderen Geräte bleiben angemeldet.',
  replaced_title: 'Hier hat sich nach Ihnen jemand angemeldet',
  replaced_text:
    'Eine neuere Anmeldung in diesem Browser hat Ihre ersetzt. Wenn Sie das waren, laden Sie die Seite neu.',
  revoked_by_user_title: 'Sie wurden von einem anderen Gerät aus abgemeldet',
  revoked_by_user_text: 'Jemand, der in Ihrem Konto angemeldet ist, hat diese Sitzung in der Liste der Geräte beendet.',
  revoked_by_admin_title: 'Die Verwaltung hat Sie abgemeldet',
  revoked_by_admin_text: 'Diese Sitzung wurde von der Verwaltung beendet. Sie können sich wieder anmelden.',
  concurrent_login_title: 'Sie haben sich anderswo angemeldet',
  concurrent_login_text:
    'Dieses Konto gilt für ein Gerät zur selben Zeit, und eine neuere Anmeldung hat es übernommen.',
  session_limit_title: 'Zu viele Geräte',
  session_limit_text: 'Sie haben sich auf einem anderen Gerät angemeldet, und dieses musste ihm Platz machen.',
  password_changed_title: 'Ihr Passwort wurde geändert',
  password_changed_text:
    'Zu Ihrer Sicherheit wurden die Geräte abgemeldet, die das alte kannten. Melden Sie sich mit dem neuen an.',
  account_disabled_title: 'Ihr Konto ist gesperrt',
  account_disabled_text: 'Alle seine Geräte wurden abgemeldet.',
  reported_by_user_title: 'Diese Sitzung wurde gemeldet',
  reported_by_user_text:
    'Jemand mit Zugang zu Ihrem Konto hat gesagt, dass er diese Anmeldung nicht kennt. Darum wurde sie beendet.',
  policy_title: 'Ihre Sitzung wurde beendet',
  policy_text: 'Die Regeln dieser Seite haben sie beendet. Sie können sich wieder anmelden.',
  expired_title: 'Ihre Sitzung ist abgelaufen',
  expired_text: 'Sie hat ihre längste Dauer erreicht. Bitte melden Sie sich wieder an.',
  idle_timeout_title: 'Sie waren eine Weile weg',
  idle_timeout_text: 'Zu Ihrer Sicherheit endet eine Sitzung, die nicht benutzt wird. Bitte melden Sie sich wieder an.',
  unknown_title: 'Sie sind abgemeldet',
  unknown_text: 'Ihre Sitzung ist zu Ende. Bitte melden Sie sich wieder an.',
  when: 'Das war: {time}.',
  where: 'Es geschah auf „{device}“.',
  whenAndWhere: 'Es geschah auf „{device}“ ({time}).',
  adviceOther:
    'Waren Sie das nicht? Melden Sie sich an, melden Sie alle anderen Geräte ab, und ändern Sie Ihr Passwort.',
  advicePassword:
    'Haben Sie es nicht selbst geändert? Setzen Sie es jetzt zurück, und melden Sie dann alle anderen Geräte ab.',
  adviceAdmin: 'Wenn Sie nicht wissen, warum, fragen Sie die Verwaltung.',
  adviceNone: ''
}
