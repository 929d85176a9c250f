/** Corrections that the simulation asks for and the product does not have yet. Where it has, a correction does nothing: remove it here. */
import type { Patch } from './protocol.ts'

/**
 * Frames of an app's socket. A lease says nothing of an end that this node learnt before the socket was registered (during a slow
 * hook, say), nor of one before a fresh cursor (PostgreSQL was restarted): while a check of the socket is under way, and before
 * the first one, frames wait for a check of their own. The latest check decides; an older one may have read too early.
 */
export const PENDING: readonly Patch[] = [
  {
    file: 'src/push/session-socket.ts',
    find: '    session,\n    get ended () {',
    replace: '    session,\n    doubt: {},\n    get ended () {'
  },
  {
    file: 'src/push/gate.ts',
    find: '      return orClose(entry, async () => {\n        const row = await find(entry.session.id)\n        if (row !== null && endOf(row) === null) return true\n',
    replace: `      const doubt = entry.doubt = {}
      return orClose(entry, async () => {
        const row = await find(entry.session.id)
        if (row !== null && endOf(row) === null) {
          if (entry.doubt === doubt) entry.doubt = null
          return true
        }
`
  },
  {
    file: 'src/push/socket-registry.ts',
    find: 'leased: frames.leased,',
    replace: 'leased: () => entry.doubt === null && frames.leased(),'
  }
]
