/** The types of `fastify-live-sessions/protocol` for require(). */
import type * as protocol from '../../src/protocol.js' with { 'resolution-mode': 'import' }

export type * from '../../src/protocol.js' with { 'resolution-mode': 'import' }
export declare const BEARER_SUBPROTOCOL_PREFIX: typeof protocol.BEARER_SUBPROTOCOL_PREFIX
export declare const CLOSE_CODES: typeof protocol.CLOSE_CODES
export declare const DEVICE_TYPES: typeof protocol.DEVICE_TYPES
export declare const ERROR_STATUS: typeof protocol.ERROR_STATUS
export declare const EXPIRY_REASONS: typeof protocol.EXPIRY_REASONS
export declare const MAX_FRAME_BYTES: typeof protocol.MAX_FRAME_BYTES
export declare const NOTICE_KINDS: typeof protocol.NOTICE_KINDS
export declare const REVOCATION_REASONS: typeof protocol.REVOCATION_REASONS
export declare const RISK_DECISIONS: typeof protocol.RISK_DECISIONS
export declare const SESSION_STATUSES: typeof protocol.SESSION_STATUSES
export declare const SUBPROTOCOL: typeof protocol.SUBPROTOCOL
