/** `revoke-user`: ends all sessions of a user, but for one. */
import { isUuid } from '../session/login-input.ts'
import { defineCommand } from './command.ts'
import { Misuse } from './failures.ts'
import { checkedUser } from './list.ts'
import { causeOf, HOW_CONFIRMED, revocationOptions } from './revocation-options.ts'

export const revokeUserCommand = defineCommand({
  name: 'revoke-user',
  summary: 'End all sessions of a user.',
  details:
    `${HOW_CONFIRMED}\nWith --reason password_changed or account_disabled, logins whose password was checked before are refused, too.`,
  forms: ['<user id> [--except <session id>]'],
  takesArgument: true,
  options: {
    except: { type: 'string', value: '<session id>', description: 'A session to keep' },
    ...revocationOptions
  },

  async run ({ values, argument, output }) {
    const { except } = values
    if (argument === undefined) throw new Misuse('a user id is required: revoke-user <user id>')
    if (except !== undefined && !isUuid(except)) throw new Misuse(`--except "${except}" is not the id of a session`)
    const userId = checkedUser(argument)
    const cause = causeOf(values)
    const { withRevocations } = await import('./revocations.ts')
    await withRevocations(values, output, async ({ ending }) => {
      output.say(
        `Ending all sessions of ${userId}${except === undefined ? '' : ` except ${except}`} (${cause.reason}) …`
      )
      return await ending.end({ userId, except }, cause)
    })
    return 0
  }
})
