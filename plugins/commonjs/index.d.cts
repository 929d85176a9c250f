/** The types for require(), where TypeScript (module node16) takes no ES module for one. */
import type * as entry from '../entry.js' with { 'resolution-mode': 'import' }

export type * from '../entry.js' with { 'resolution-mode': 'import' }
export declare const liveSessionEntities: typeof entry.liveSessionEntities
export declare const migrate: typeof entry.migrate
export declare const requireConfirmedSession: typeof entry.requireConfirmedSession
export declare const requireRecentAuthentication: typeof entry.requireRecentAuthentication
export declare const requireSession: typeof entry.requireSession
export declare const sessionOf: typeof entry.sessionOf
declare const liveSessions: typeof entry.default
export default liveSessions
