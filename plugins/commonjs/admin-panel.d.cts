/** The types of `fastify-live-sessions/admin-panel` for require(). */
import type * as adminPanel from '../../src/panel/admin.js' with { 'resolution-mode': 'import' }

export type * from '../../src/panel/admin.js' with { 'resolution-mode': 'import' }
export declare const LiveSessionsAdmin: typeof adminPanel.LiveSessionsAdmin
