/** What the routes take: bodies, query strings and parameters. */
import { Type } from 'typebox'
import { DEVICE_TYPES, REVOCATION_REASONS, SESSION_STATUSES } from '../../../src/protocol.ts'
import { NO_NUL, oneOf, STORABLE } from './values.ts'

export const LoginBody = Type.Object({
  email: Type.String({ minLength: 1, maxLength: 320, pattern: STORABLE }),
  password: Type.String({ minLength: 1, maxLength: 1_024 }),
  transport: Type.Optional(Type.Union([Type.Literal('bearer'), Type.Literal('cookie')], { default: 'bearer' })),
  device: Type.Optional(Type.Object({
    id: Type.Optional(Type.String({ minLength: 1, maxLength: 255, pattern: STORABLE })),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 100, pattern: NO_NUL })),
    clientId: Type.Optional(Type.String({ minLength: 1, maxLength: 255, pattern: STORABLE })),
    touch: Type.Optional(
      Type.Boolean({ description: "whether the screen takes touches: an iPad's Safari says that it is on a Mac" })
    )
  }))
})

export const RenameBody = Type.Object({
  deviceName: Type.String({ minLength: 1, maxLength: 100, pattern: NO_NUL })
})

/** The `nextCursor` of an earlier page. */
const Cursor = Type.String({ minLength: 1, maxLength: 512 })

export const ListQuery = Type.Object({
  include: Type.Optional(Type.Literal('ended')),
  cursor: Type.Optional(Cursor)
})

export const SocketQuery = Type.Object({
  origin: Type.Optional(Type.String({
    description: 'of a plain GET: the page\'s origin, to ask whether a socket from there would be taken'
  }))
})

export const SessionParams = Type.Object({
  id: Type.String()
})

export const ReportParams = Type.Object({
  token: Type.String()
})

const Text = Type.String({ minLength: 1, maxLength: 255, pattern: STORABLE })
const Time = Type.String({ format: 'date-time' })

export const UserParams = Type.Object({
  userId: Text
})

export const RevokeUserQuery = Type.Object({
  reason: Type.Optional(oneOf(REVOCATION_REASONS))
})

export const ReauthenticateBody = Type.Object({
  password: Type.Optional(Type.String({ minLength: 1, maxLength: 1_024 }))
})

export const AdminSearchQuery = Type.Object({
  userId: Type.Optional(Text),
  ip: Type.Optional(Text),
  q: Type.Optional(Text),
  status: Type.Optional(oneOf(SESSION_STATUSES)),
  cursor: Type.Optional(Cursor),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 }))
})

export const AdminGetQuery = Type.Object({
  cursor: Type.Optional(Cursor)
})

export const AdminRevokeBody = Type.Object({
  filter: Type.Object({
    all: Type.Optional(Type.Literal(true)),
    userId: Type.Optional(Text),
    ip: Type.Optional(Text),
    countryCode: Type.Optional(Type.String({ pattern: '^[A-Z]{2}$' })),
    deviceType: Type.Optional(oneOf(DEVICE_TYPES)),
    clientId: Type.Optional(Text),
    createdBefore: Type.Optional(Time),
    inactiveSince: Type.Optional(Time)
  }),
  dryRun: Type.Optional(Type.Boolean()),
  reason: Type.Optional(oneOf(REVOCATION_REASONS))
})
