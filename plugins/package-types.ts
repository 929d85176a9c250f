/** The package's types, in one list. */
import type { FastifyRequest } from 'fastify'
import type { LiveSessionsOptions as Options } from '../src/options/options.ts'

export type LiveSessionsOptions = Options<FastifyRequest>
export type {
  AdminOptions, CleanupOptions, DatabaseOptions, LimitFunction, LimitQuestion, LoginAttempt, LoginIdentity,
  LoginOptions, PreventConcurrentLogin, ReauthenticationAttempt, RuleFunction, SessionLimit, SocketOptions,
  StepUpFunction, StepUpQuestion, WhenFull
} from '../src/options/options.ts'
export type { MailOptions, MailTransport, NotifyOptions } from '../src/options/notify.ts'
export type { MailContent, Notice, NoticeEvent, NoticeSession, Recipient } from '../src/notice-types.ts'
export type { AddressOptions, AddressPrecision } from '../src/options/addresses.ts'
export type { CookieOptions } from '../src/options/cookie.ts'
export type { GeoipOptions, Precision } from '../src/options/geoip.ts'
export type { RiskFunction, RiskOptions, RiskQuestion, RiskReasonName } from '../src/options/risk.ts'
export type { KeyPair, NamedSecret, SecretOption, SharedSecret } from '../src/options/keys.ts'
export type * from '../src/protocol.ts'
// Starred, so that an app's declarations merge with them.
export type * from '../src/session-types.ts'
export type * from '../src/app/instances.ts'
export type { SessionView } from '../src/admission/session-view.ts'
export type { AdminPage, AdminSession, AdminSessionDetail, SessionEventView } from '../src/session/admin-views.ts'
export type { CleanupProgress, CleanupReport } from '../src/session/cleanup-report.ts'
export type { OpenedSession, PendingSession } from '../src/session/opened-session.ts'
export type { ListOptions, SessionPage } from '../src/session/session-page.ts'
export type { SessionEvents } from '../src/session/session-events.ts'
export type { SessionGuard, SessionRequest, WithSession } from './fastify-types.ts'
export type { EndOptions, Health, OpenOptions, SessionsApi } from './api/sessions.ts'
export type { MigrateOptions } from '../src/database/migrate.ts'
