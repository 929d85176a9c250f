/** The simulated PostgreSQL: request → snapshot → locks → commit → reply, with delays, outages, and replies that get lost. */
import type { Machine } from './machine.ts'
import type { Random } from './random.ts'
import { createTransactions, type Transaction, type Transactions } from './transactions.ts'
import type { World } from './world.ts'

/** One autocommit statement. */
export interface Statement<Seen, Reply> {
  /** What it is, for schedules that delay it. */
  kind: string
  writes: boolean
  /** What its snapshot shows. */
  read: (snapshot: string) => Seen
  /** The rows it locks, in order. */
  locks?: (seen: Seen) => readonly string[]
  /** With all locks held, at the moment of the commit: writes, and gives the reply. */
  commit: (seen: Seen, transaction: Transaction) => Reply
  /** For a mutant: the reply goes out before the commit, which may fail. */
  replyFirst?: (seen: Seen) => Reply
}

/** How one statement goes; what is left out is left to chance. Times in ms. */
export interface Course {
  request?: number
  work?: number
  reply?: number
  lost?: boolean
  rolledBack?: boolean
}

export interface Outage {
  /** `frozen`: all stands still. `unreachable`: commits, but nobody hears of it. `restarted`: what was under way is gone. */
  kind: 'frozen' | 'unreachable' | 'restarted'
  from: number
  until: number
}

export interface DatabaseOptions {
  world: World
  random: Random
  /** Part of the messages that are late, of the statements that are slow, and of the replies that get lost. */
  late: number
  slow: number
  lost: number
  outages: readonly Outage[]
  /** A schedule's own word on a statement. */
  course?: (kind: string, machine: string) => Course | undefined
}

export interface Database {
  readonly transactions: Transactions
  /** When the server was started, in ms since 1970. */
  readonly startedAt: number
  run: <Seen, Reply>(machine: Machine, statement: Statement<Seen, Reply>, timeoutMs: number) => Promise<Reply>
}

/** When a run begins, in ms since 1970; of whole seconds. */
export const EPOCH = 1_700_000_000_000

export function createDatabase ({ world, random, late, slow, lost, outages, course }: DatabaseOptions): Database {
  const transactions = createTransactions((task) => { world.later(0, task) })
  let startedAt = EPOCH
  for (const outage of outages) {
    if (outage.kind !== 'restarted') continue
    world.at(outage.from, () => {
      transactions.abortAll()
      startedAt = EPOCH + outage.until
    })
  }

  const hop = (): number => random.chance(late) ? random.real(100, 4_000) : random.pick([1, 3, 20])
  const duration = (): number => random.chance(slow) ? random.real(100, 5_000) : random.pick([0, 1, 2])
  const outageNow = (): Outage | undefined => outages.find(({ from, until }) => from <= world.now && world.now < until)

  return {
    transactions,
    get startedAt () { return startedAt },

    run: (machine, statement, timeoutMs) => new Promise((resolve, reject) => {
      const plan = course?.(statement.kind, machine.name) ?? {}
      const timer = machine.clock.setTimer(() => { reject(new Error(`no answer from PostgreSQL: ${statement.kind}`)) }, timeoutMs)

      function answer (task: () => void): void {
        world.later(plan.reply ?? hop(), () => {
          machine.receive(() => {
            timer.cancel()
            task()
          })
        })
      }
      const fail = (): void => { answer(() => { reject(new Error(`PostgreSQL is away: ${statement.kind}`)) }) }

      function start (): void {
        const outage = outageNow()
        if (outage?.kind === 'frozen') {
          world.at(outage.until, start)
        } else if (outage !== undefined) {
          fail()
        } else {
          const seen = statement.read(transactions.snapshot())
          const { replyFirst } = statement
          if (replyFirst !== undefined) answer(() => { resolve(replyFirst(seen)) })
          const transaction = transactions.begin(statement.writes)
          transactions.lock(transaction, statement.locks?.(seen) ?? [], () => {
            world.later(plan.work ?? duration(), () => { finish(seen, transaction) })
          })
        }
      }

      function finish (seen: Parameters<typeof statement.commit>[0], transaction: Transaction): void {
        const outage = outageNow()
        if (transaction.aborted) {
          fail()
        } else if (outage?.kind === 'frozen') {
          world.at(outage.until, () => { finish(seen, transaction) })
        } else if (plan.rolledBack === true || (statement.replyFirst !== undefined && random.chance(0.15))) {
          transactions.end(transaction)
        } else {
          const reply = statement.commit(seen, transaction)
          transactions.end(transaction)
          if (outage !== undefined) fail()
          else if (!(plan.lost ?? random.chance(lost))) answer(() => { resolve(reply) })
        }
      }

      world.later(plan.request ?? hop(), start)
    })
  }
}
