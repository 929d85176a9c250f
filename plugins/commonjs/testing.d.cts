/** The types of `fastify-live-sessions/testing` for require(). */
import type * as testing from '../../src/testing/index.js' with { 'resolution-mode': 'import' }

export type * from '../../src/testing/index.js' with { 'resolution-mode': 'import' }
export declare const signIn: typeof testing.signIn
export declare const startTestDatabase: typeof testing.startTestDatabase
