/** Signs a user in without a login route and without a request, and gives what the app's own routes are asked with. */
import { readOptions } from '../app/arguments.ts'
import { CallInvalid } from '../errors.ts'
import type { Claims, UserId } from '../session-types.ts'
import type { Session } from '../protocol.ts'

/** Where the plugin keeps its way to open a session without a request, on `app.sessions`. */
export const kSignIn = Symbol.for('fastify-live-sessions.sign-in')

/** What is needed of the app: the instance that the plugin was registered on, or one below it. */
export interface AppUnderTest {
  ready: () => PromiseLike<unknown>
}

export interface SignInOptions {
  /** Further claims for the token, of the app's `SessionClaims` where it has declared some. */
  claims?: Claims | undefined
  /**
   * What the client says of its device: an id that stays, a name for the list, the app's own name for the client; and
   * its user agent.
   */
  device?: { id?: string, name?: string, clientId?: string, userAgent?: string }
}

export interface SignedIn {
  /** For `app.inject({headers})`, `fetch` and a socket: the token as a Bearer header. */
  headers: { authorization: string }
  /**
   * For `app.inject({headers})` as the app's own pages would ask: the cookie, and what a browser says of where the
   * request comes from.
   */
  cookieHeaders: { cookie: string, 'sec-fetch-site': string }
  token: string
  session: Session
}

/** What the plugin offers under {@link kSignIn}. */
export type OpenWithoutRequest = (
  userId: UserId,
  options: SignInOptions
) => Promise<{ token: string, session: Session, cookieName: string }>

/**
 * Opens a session of this user, with all rules that the app has set: limits, one device at a time.
 * Rejects as `app.sessions.open` does, with SESSION_LIMIT_REACHED for one, or SESSION_CALL_INVALID for a misspelt
 * option.
 */
export async function signIn (app: AppUnderTest, userId: UserId, options: SignInOptions = {}): Promise<SignedIn> {
  const { device } = readOptions('the options of signIn', options, ['claims', 'device'])
  readOptions('device of signIn', device, ['id', 'name', 'clientId', 'userAgent'])
  await app.ready()
  const { sessions } = app as { sessions?: { [kSignIn]?: OpenWithoutRequest } }
  const open = sessions?.[kSignIn]
  if (open === undefined) {
    throw new CallInvalid(
      'signIn() needs the instance that fastify-live-sessions was registered on; this one has no app.sessions'
    )
  }
  const { token, session, cookieName } = await open(userId, options)
  return {
    headers: { authorization: `Bearer ${token}` },
    cookieHeaders: { cookie: `${cookieName}=${token}`, 'sec-fetch-site': 'same-origin' },
    token,
    session
  }
}
