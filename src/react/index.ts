/** The package's `react` entry: hooks for React 18 and 19. */
export { useLiveSession, type LiveSessionHandle, type UseLiveSessionOptions } from './use-live-session.ts'
export { useSessions, type SessionsHandle, type UseSessionsOptions } from './use-sessions.ts'
export { SessionsRequestError } from './sessions-request.ts'
export type { LiveState, LogoutEvent, Problem } from '../client/index.ts'
export type { RevocationReport, Session } from '../protocol.ts'
