/** The types of `fastify-live-sessions/logged-out` for require(). */
import type * as loggedOut from '../../src/panel/logged-out.js' with { 'resolution-mode': 'import' }

export type * from '../../src/panel/logged-out.js' with { 'resolution-mode': 'import' }
export declare const describeLogout: typeof loggedOut.describeLogout
export declare const LiveSessionsLoggedOut: typeof loggedOut.LiveSessionsLoggedOut
