/** The types of `fastify-live-sessions/client` for require(). */
import type * as client from '../../src/client/index.js' with { 'resolution-mode': 'import' }

export type * from '../../src/client/index.js' with { 'resolution-mode': 'import' }
export declare const connectLiveSession: typeof client.connectLiveSession
export declare const wipeOrigin: typeof client.wipeOrigin
