/** `cleanup`: ends what is idle or expired and deletes what ended long ago, as the nodes do by themselves. */
import { defineCommand } from './command.ts'
import { databaseOptions, FOREVER_MS, withDatabase } from './database.ts'
import { numberOf } from './numbers.ts'
import { counted } from './output.ts'

const DAY_MS = 86_400_000
const INACTIVE_DAYS = 30
const RETENTION_DAYS = 90
const MAX_DAYS = 36_500

export const cleanupCommand = defineCommand({
  name: 'cleanup',
  summary: 'End idle and expired sessions, and delete what ended long ago.',
  details:
    "Safe while nodes run, and safe to interrupt: it works in small pages, one process at a time. The nodes' own options are not known here.",
  forms: ['[options]'],
  options: {
    'inactive-days': {
      type: 'string',
      value: '<days>',
      description: `End sessions that have been inactive for this many days. Default: ${INACTIVE_DAYS}`
    },
    'retention-days': {
      type: 'string',
      value: '<days>',
      description: `Delete sessions and events that ended this many days ago. Default: ${RETENTION_DAYS}`
    },
    'address-days': {
      type: 'string',
      value: '<days>',
      description: 'Forget addresses that are older than this many days. Default: keep them with their rows'
    },
    ...databaseOptions
  },

  async run ({ values, output }) {
    const inactiveDays = numberOf('inactive-days', values['inactive-days'], { otherwise: INACTIVE_DAYS, max: MAX_DAYS })
    const retentionDays = numberOf('retention-days', values['retention-days'], {
      otherwise: RETENTION_DAYS,
      max: MAX_DAYS
    })
    const addressDays = values['address-days'] === undefined
      ? null
      : numberOf('address-days', values['address-days'], { otherwise: 0, max: MAX_DAYS })
    await withDatabase(values, async (database) => {
      const [{ createCleanup }, { createStore }] = await Promise.all([
        import('../session/cleanup.ts'),
        import('../session/store/store.ts')
      ])
      const cleanup = createCleanup({
        store: createStore({ database, idleAllowanceMs: FOREVER_MS, onError: () => {} }),
        inactiveMs: inactiveDays * DAY_MS,
        retentionMs: retentionDays * DAY_MS,
        addressRetentionMs: addressDays === null ? null : addressDays * DAY_MS,
        // The nodes read it with their renewals.
        apply: () => {}
      })
      output.say(
        `Ending sessions that have expired or were idle for ${counted(inactiveDays, 'day')}, deleting what ended ${
          counted(retentionDays, 'day')
        } ago …`
      )
      const report = await cleanup.run(({ table, looked }) => {
        output.progress(`${looked} ${table} looked at …`)
      })
      output.result(
        report,
        report.ran
          ? `Done: ${counted(report.ended, 'session')} ended, ${counted(report.deleted, 'session')} and ${
            counted(report.eventsDeleted, 'event')
          } deleted${
            addressDays === null ? '' : `, addresses in ${counted(report.addressesForgotten, 'row')} forgotten`
          }.`
          : 'Nothing done: another process is cleaning up right now.'
      )
    })
    return 0
  }
})
