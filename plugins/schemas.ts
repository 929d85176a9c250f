/** What the routes take: one source for validation, types and documents. */
import { Type, type Static } from 'typebox'

/** PostgreSQL can't hold NUL. */
const NO_NUL = '^[^\\u0000]*$'

export const LoginBody = Type.Object({
  email: Type.String({ minLength: 1, maxLength: 320, pattern: NO_NUL }),
  password: Type.String({ minLength: 1, maxLength: 1_024 }),
  transport: Type.Optional(Type.Union([Type.Literal('bearer'), Type.Literal('cookie')], { default: 'bearer' })),
  device: Type.Optional(Type.Object({
    id: Type.Optional(Type.String({ minLength: 1, maxLength: 255, pattern: NO_NUL })),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 100, pattern: NO_NUL })),
    clientId: Type.Optional(Type.String({ minLength: 1, maxLength: 255, pattern: NO_NUL }))
  }))
})
export type LoginBody = Static<typeof LoginBody>

export const RenameBody = Type.Object({
  deviceName: Type.String({ minLength: 1, maxLength: 100, pattern: NO_NUL })
})

export const ListQuery = Type.Object({
  include: Type.Optional(Type.Literal('ended'))
})

export const SessionParams = Type.Object({
  id: Type.String()
})
