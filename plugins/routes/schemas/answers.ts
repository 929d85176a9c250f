/** What the routes answer. The shapes are those of protocol.ts. */
import { Type } from 'typebox'
import {
  DEVICE_TYPES,
  ERROR_STATUS,
  EXPIRY_REASONS,
  REVOCATION_REASONS,
  RISK_DECISIONS,
  SESSION_STATUSES,
  type Location as SessionLocation
} from '../../../src/protocol.ts'
import type { AdminSessionDetail } from '../../../src/session/admin-views.ts'
import { oneOf, TextOrNull } from './values.ts'

const Time = Type.String({ format: 'date-time', description: 'ISO 8601, UTC' })
const END_REASONS = [...REVOCATION_REASONS, ...EXPIRY_REASONS] as const

const NamedVersion = Type.Unsafe<{ name: string, version: string | null } | null>({
  type: ['object', 'null'],
  properties: { name: { type: 'string' }, version: { type: ['string', 'null'] } }
})

const Location = Type.Unsafe<SessionLocation | null>({
  type: ['object', 'null'],
  properties: { countryCode: TextOrNull, country: TextOrNull, region: TextOrNull, city: TextOrNull }
})

const session = {
  id: Type.String({ format: 'uuid' }),
  deviceName: Type.String(),
  deviceType: oneOf(DEVICE_TYPES),
  browser: NamedVersion,
  os: NamedVersion,
  deviceVendor: TextOrNull,
  deviceModel: TextOrNull,
  clientId: TextOrNull,
  ipAddress: TextOrNull,
  location: Location,
  createdAt: Time,
  lastActivityAt: Time,
  expiresAt: Time,
  isCurrent: Type.Boolean(),
  confirmed: Type.Boolean({
    description: 'false: it waits to be confirmed on another device, and ends by itself if it is not'
  }),
  status: oneOf(SESSION_STATUSES),
  revokedAt: Type.Optional(TextOrNull),
  revokedReason: Type.Optional(Type.Unsafe<typeof END_REASONS[number] | null>({
    type: ['string', 'null'],
    enum: [...END_REASONS, null]
  })),
  revokedBy: Type.Optional(TextOrNull),
  logoutDeliveredAt: Type.Optional(TextOrNull)
}
const addresses = Type.Array(Type.Object({ ip: Type.String(), at: Time }), {
  description: 'the last five, newest first'
})

export const SessionAnswer = Type.Object(session)
export const SessionDetailAnswer = Type.Object({ ...session, addresses })
export const SessionListAnswer = Type.Array(SessionAnswer)
export const LoginAnswer = Type.Object({ token: Type.Optional(Type.String()), expiresAt: Time, session: SessionAnswer })
export const ReauthenticateAnswer = Type.Object({ until: TextOrNull })

const report = {
  count: Type.Integer({ description: 'sessions that this request ended' }),
  revoked: Type.Array(Type.String({ format: 'uuid' }), { description: 'their ids, 100 at most' }),
  confirmed: Type.Literal(true),
  waitedMs: Type.Integer(),
  nodes: Type.Object({ acknowledged: Type.Integer(), lapsed: Type.Integer() }),
  sockets: Type.Object({ notified: Type.Integer() })
}
export const ReportAnswer = Type.Object(report, { description: 'confirmed: no node accepts these sessions any more' })
/** A report, or what a dry run found. */
export const ReportOrDryRunAnswer = Type.Object({
  ...Type.Partial(Type.Object(report)).properties,
  count: report.count,
  dryRun: Type.Optional(Type.Literal(true))
})

export const AdminPageAnswer = Type.Object({
  items: Type.Array(Type.Object({ ...session, userId: Type.String() })),
  nextCursor: TextOrNull
})
export const AdminSessionAnswer = Type.Object({
  session: Type.Object({ ...session, addresses, userId: Type.String() }),
  user: Type.Object({ id: Type.String() }),
  risk: Type.Unsafe<AdminSessionDetail['risk']>({
    type: ['object', 'null'],
    description: 'what spoke against its login; each reason with the facts it used',
    properties: {
      decision: { type: 'string', enum: [...RISK_DECISIONS] },
      score: { type: 'integer' },
      reasons: {
        type: 'array',
        items: { type: 'object', properties: { reason: { type: 'string' } }, additionalProperties: true }
      }
    }
  }),
  events: Type.Array(Type.Object({
    id: Type.String(),
    at: Time,
    type: Type.String(),
    reason: TextOrNull,
    by: TextOrNull,
    ipAddress: TextOrNull
  }), { description: 'newest first, 200 at most' }),
  nextCursor: TextOrNull
})

/** Not JSON: pages for people. */
export const Page = { description: 'a page', content: { 'text/html': { schema: Type.String() } } }
export const Style = { description: 'a stylesheet', content: { 'text/css': { schema: Type.String() } } }

/** Every error of the plugin; see the table of codes in docs/ROUTES.md. */
export const Problem = Type.Object({
  statusCode: Type.Integer(),
  code: Type.String({
    description: `one of ${Object.keys(ERROR_STATUS).join(', ')}, or a code of Fastify's for malformed requests`
  }),
  error: Type.String(),
  message: Type.String(),
  reason: Type.Optional(oneOf(END_REASONS)),
  by: Type.Optional(Type.Object({ deviceName: Type.String() }, {
    description: 'from which device the session was ended, where another session of the same user did that'
  }))
}, { description: 'an error' })
