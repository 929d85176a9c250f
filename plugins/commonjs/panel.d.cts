/** The types of `fastify-live-sessions/panel` for require(). */
import type * as panel from '../../src/panel/index.js' with { 'resolution-mode': 'import' }

export type * from '../../src/panel/index.js' with { 'resolution-mode': 'import' }
export declare const LiveSessionsPanel: typeof panel.LiveSessionsPanel
