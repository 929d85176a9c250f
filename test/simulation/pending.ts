/** Corrections that the simulation asks for and the product does not have yet. Where it has, a correction does nothing: remove it here. */
import type { Patch } from './protocol.ts'

/**
 * Frames of an app's socket, after PostgreSQL was restarted: the node takes a fresh cursor, has every socket checked, and holds a
 * lease again before the checks are through. A session that ended before the cursor is in no renewal, and its frames would pass.
 * So frames wait while a check of their socket is under way; the latest check decides, as an older one may have read too early.
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
