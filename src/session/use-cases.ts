/** The use cases over a node, or beside all nodes: who is handed what is said here, once. */
import type { AddressRule } from '../address.ts'
import type { Clock } from '../clock.ts'
import { createAdministration } from './administration.ts'
import { createCleanup, type CleanupOptions } from './cleanup.ts'
import type { ConfirmedEnds } from './confirmed-ends.ts'
import { createEnding, type EndingOptions } from './ending.ts'
import { createLogin, type LoginOptions } from './login.ts'
import { createSessionManager } from './session-manager.ts'
import type { Store } from './store/store.ts'
import { createUserLists } from './user-lists.ts'
import { createUserQueue } from './user-queue.ts'

export interface EndingUseCaseOptions extends EndingOptions {
  /** Nothing more is to be begun: the process goes down. */
  closing: () => boolean
  idleTimeoutMs: number
  /** What is kept of addresses; left out: all of it. */
  addressRule?: AddressRule
}

/** What ends sessions: all that a process beside the nodes needs, the command line for one. */
export function createEndingUseCases (options: EndingUseCaseOptions) {
  const ending = createEnding(options)
  return { ending, administration: createAdministration({ ...options, ending }) }
}

export interface UseCaseOptions
  extends EndingUseCaseOptions, CleanupOptions, Omit<LoginOptions, 'ending' | 'maxWaitMs'> {
  store: Store
  /** Of the node. */
  confirmedEnds: ConfirmedEnds
  refresh: (id: string) => void
  addressRule: AddressRule
  clock: Clock
  /** The database's time, in ms since 1970. */
  now: () => number
  /** How long a statement may take, in ms. */
  queryTimeoutMs: number
}

/** Whoever waits for a turn has not even begun: it may take longer than one statement. */
const TURN_WITHIN_STATEMENTS = 3

export function createUseCases (options: UseCaseOptions) {
  const { clock, queryTimeoutMs } = options
  const ends = createEndingUseCases(options)
  /** Lists of one person come one after the other, an administrator's searches too. */
  const listQueue = createUserQueue({ clock, maxWaitMs: queryTimeoutMs })
  const login = createLogin({ ...options, ...ends, maxWaitMs: TURN_WITHIN_STATEMENTS * queryTimeoutMs })
  const lists = createUserLists({ ...options, queue: listQueue })
  const cleanup = createCleanup(options)
  return { ...ends, listQueue, cleanup, manager: createSessionManager({ ...options, ...ends, login, lists }) }
}
