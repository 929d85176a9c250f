/** What the parts of a panel are given: its words, its server, and how to ask and to fail. */
import type { Question } from './dialog.ts'
import type { RowContext } from './row.ts'
import type { Refusal, Server } from './server.ts'
import type { SharedTexts } from './texts/shared-en.ts'
import type { Say } from './texts/texts.ts'

export interface Context<Texts extends SharedTexts> extends RowContext {
  say: Say<Texts>
  tag: string
  server: Server
  origin: string
  prefix: string
  /** What went wrong, in words. */
  explain: (refusal: Refusal) => string
  /**
   * Does something that the server may refuse: then it says so, and offers to repeat what may pass. False: refused.
   *
   * @param about what the message is about: what works again takes back only its own. By default, what somebody did
   */
  attempt: (work: () => Promise<unknown>, about?: string) => Promise<boolean>
  /** In a dialog. False: it was given up. */
  ask: (question: Omit<Question, 'cancel'>) => Promise<boolean>
  /** Asks, and attempts it where the answer is yes; what is repeated is not asked again. */
  confirm: (question: Omit<Question, 'cancel'>, work: () => Promise<unknown>) => Promise<boolean>
}
