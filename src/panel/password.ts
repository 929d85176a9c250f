/** Step-up: asks for the password again, before what needs a recent proof of who it is. */
import type { Context } from './context.ts'
import { ask } from './dialog.ts'
import type { Refusal, Server } from './server.ts'
import type { SharedTexts } from './texts/shared-en.ts'

export async function askPassword (
  root: ShadowRoot,
  { say, explain }: Context<SharedTexts>,
  server: Server
): Promise<boolean> {
  return await ask(root, {
    title: say('stepUp'),
    text: say('stepUpText'),
    ok: say('next'),
    cancel: say('cancel'),
    password: {
      label: say('password'),
      async check (password) {
        try {
          await server('POST', '/auth/reauthenticate', { password })
          return null
        } catch (error) {
          const refusal = error as Refusal
          return refusal.code === 'INVALID_CREDENTIALS' ? say('wrongPassword') : explain(refusal)
        }
      }
    }
  })
}
