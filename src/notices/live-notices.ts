/** "New sign-in: was that you?", to the user's other devices, on whichever node their sockets are. */
import type { NoticeKind, NoticeMessage } from '../protocol.ts'
import { endOf, presentSession, type SessionRow } from '../session-row.ts'

/** A login that the user's other devices are to be told of. */
export interface NoticedLogin {
  userId: string
  sessionId: string
  kind: NoticeKind
}

export interface LiveNoticesOptions {
  find: (id: string) => Promise<SessionRow | null>
  /** Whether some socket of this user is open here: else nobody is asked. */
  hasSockets: (userId: string) => boolean
  notice: (userId: string, message: NoticeMessage) => void
  idleTimeoutMs: number
  onError: (error: unknown) => void
}

export type LiveNotices = (logins: readonly NoticedLogin[]) => void

export function createLiveNotices (
  { find, hasSockets, notice, idleTimeoutMs, onError }: LiveNoticesOptions
): LiveNotices {
  async function tell ({ userId, sessionId, kind }: NoticedLogin): Promise<void> {
    const row = await find(sessionId)
    // It may have ended meanwhile: then there is nothing to ask.
    if (row === null || endOf(row) !== null) return
    notice(userId, { type: 'notice', kind, session: presentSession(row, { currentId: null, idleTimeoutMs }) })
  }

  return (logins) => {
    for (const login of logins) if (hasSockets(login.userId)) tell(login).catch(onError)
  }
}
