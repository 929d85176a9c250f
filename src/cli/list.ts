/** `list`: a user's sessions, as a table. */
import { presentSession } from '../session-row.ts'
import { checkUserId } from '../session/login-input.ts'
import type { Session } from '../protocol.ts'
import { defineCommand } from './command.ts'
import { databaseOptions, FOREVER_MS, withDatabase } from './database.ts'
import { Misuse } from './failures.ts'
import { counted, table } from './output.ts'

export const listCommand = defineCommand({
  name: 'list',
  summary: "Show a user's sessions, latest activity first.",
  details:
    "The idle timeout is the app's option and not known here: an idle session is shown as active until a node or the cleanup has ended it.",
  forms: ['--user <id> [--ended]'],
  options: {
    user: { type: 'string', value: '<id>', description: 'The user whose sessions to list' },
    ended: { type: 'boolean', description: 'Include ended sessions that are still kept' },
    ...databaseOptions
  },

  async run ({ values, output }) {
    const { user, ended } = values
    if (user === undefined) throw new Misuse('--user <id> is required: whose sessions to list')
    const userId = checkedUser(user)
    await withDatabase(values, async ({ sql, schema }) => {
      const { createQueries } = await import('../session/store/store.ts')
      const rows = await createQueries(sql, { schema, idleAllowanceMs: FOREVER_MS }).listOfUser(
        userId,
        ended ? FOREVER_MS : null
      )
      const sessions = rows.map((row) => presentSession(row, { currentId: null, idleTimeoutMs: FOREVER_MS }))
      output.result(
        { userId, sessions },
        sessions.length === 0
          ? `${userId} has no sessions${ended ? '' : ' (--ended shows ended ones)'}.`
          : inWords(sessions)
      )
    })
    return 0
  }
})

export function checkedUser (user: string): string {
  try {
    return checkUserId(user)
  } catch (error) {
    throw new Misuse((error as Error).message)
  }
}

function inWords (sessions: readonly Session[]): string {
  const rows = sessions.map((session) => [
    session.id,
    session.deviceName,
    session.ipAddress ?? '–',
    short(session.createdAt),
    short(session.lastActivityAt),
    stateOf(session)
  ])
  return `${table(['ID', 'DEVICE', 'ADDRESS', 'SIGNED IN', 'LAST ACTIVE', 'STATE'], rows)}\n\n${
    counted(sessions.length, 'session')
  }; times are UTC.`
}

function stateOf ({ status, revokedReason, revokedBy, revokedAt, logoutDeliveredAt }: Session): string {
  if (status === 'active') return 'active'
  const when = revokedAt === null || revokedAt === undefined ? '' : ` ${short(revokedAt)}`
  const by = revokedBy === null || revokedBy === undefined ? '' : ` by ${revokedBy}`
  const delivered = logoutDeliveredAt === null || logoutDeliveredAt === undefined ? '' : ', the device has it'
  return `${status}${when}: ${revokedReason ?? 'policy'}${by}${delivered}`
}

/** To the second. */
function short (time: string): string {
  return time.slice(0, 19).replace('T', ' ')
}
