/** The types of `fastify-live-sessions/react` for require(). */
import type * as react from '../../src/react/index.js' with { 'resolution-mode': 'import' }

export type * from '../../src/react/index.js' with { 'resolution-mode': 'import' }
export declare const SessionsRequestError: typeof react.SessionsRequestError
export declare const useLiveSession: typeof react.useLiveSession
export declare const useSessions: typeof react.useSessions
