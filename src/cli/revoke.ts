/** `revoke`: ends one session, or all that match a filter; a dry run only counts. */
import { addressRuleOf, normalizeAddress } from '../address.ts'
import { isUuid } from '../session/login-input.ts'
import type { SessionFilter } from '../session/store/filter.ts'
import { defineCommand } from './command.ts'
import { Failure, Misuse } from './failures.ts'
import { FILTER_FORMS, parseFilter } from './filter.ts'
import { counted } from './output.ts'
import { causeOf, HOW_CONFIRMED, revocationOptions } from './revocation-options.ts'

export const revokeCommand = defineCommand({
  name: 'revoke',
  summary: 'End one session, or all that match a filter.',
  details:
    `${HOW_CONFIRMED}\nThere is no confirmation prompt: try --dry-run first. Several filters must all match. Filters:\n${FILTER_FORMS}`,
  forms: ['<session id>', '--filter <name>=<value> [--filter …] [--dry-run]', '--all [--dry-run]'],
  takesArgument: true,
  options: {
    filter: {
      type: 'string',
      multiple: true,
      value: '<name>=<value>',
      description: 'End the sessions that match; may be given several times'
    },
    all: { type: 'boolean', description: 'End the sessions of every user' },
    'dry-run': { type: 'boolean', description: 'Show how many sessions would end, and end none' },
    ...revocationOptions
  },

  async run ({ values, argument, output }) {
    const cause = causeOf(values)
    const target = targetOf(argument, values)
    const { withRevocations } = await import('./revocations.ts')
    await withRevocations(values, output, async ({ store, ending, administration }) => {
      if ('id' in target) {
        const { id } = target
        output.say(`Ending session ${id} (${cause.reason}) …`)
        const report = await ending.end({ ids: [id] }, cause)
        if (report.count === 0 && await store.find(id) === null) {
          throw new Failure(`There is no session ${id}`, 'list --user <id> shows those of a user')
        }
        return report
      }
      const count = await administration.countWhere(target.filter)
      if (count === 0) await rejectWholeAddress(target.filter, administration.countWhere)
      const which = `${counted(count, 'session')} ${target.words}`
      if (values['dry-run']) {
        output.result({ dryRun: true, count }, `Would end ${which}. Nothing has been ended.`)
        return null
      }
      output.say(`Ending ${which} (${cause.reason}) …`)
      return await administration.revokeWhere(target.filter, cause, (ended) => {
        output.progress(`${ended} of ${counted(count, 'session')} ended …`)
      })
    })
    return 0
  }
})

/** What an app keeps of addresses is not known here: where nobody has this one, its network's may be kept. */
async function rejectWholeAddress (
  filter: SessionFilter,
  countWhere: (filter: SessionFilter) => Promise<number>
): Promise<void> {
  const ip = addressRuleOf('network').kept(normalizeAddress(filter.ip))
  if (ip === null || ip === filter.ip || await countWhere({ ...filter, ip }) === 0) return
  throw new Failure(
    `No session is of ${filter.ip}, but some are of its network: the app seems to keep no more of an address`,
    `to end all of this network's, give --filter ip=${ip}`
  )
}

type Target = { id: string } | { filter: SessionFilter, words: string }

/** Exactly one of the three forms; what means nothing, or everybody by accident, is rejected. */
function targetOf (
  id: string | undefined,
  { filter: conditions, all, 'dry-run': dryRun }: { filter: string[], all: boolean, 'dry-run': boolean }
): Target {
  const forms = Number(id !== undefined) + Number(conditions.length > 0) + Number(all)
  if (forms === 0) {
    throw new Misuse("name what to end: a session's id, --filter <name>=<value>, or --all for every user's sessions")
  }
  if (forms > 1) throw new Misuse("give one of these alone: a session's id, --filter, or --all")
  if (id !== undefined) {
    if (dryRun) throw new Misuse('--dry-run goes with --filter or --all')
    if (!isUuid(id)) throw new Misuse(`"${id}" is not the id of a session; list --user <id> shows those of a user`)
    return { id }
  }
  if (all) return { filter: {}, words: 'of everybody' }
  return { filter: parseFilter(conditions), words: `where ${conditions.join(' and ')}` }
}
