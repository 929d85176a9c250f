/** Transaction numbers, snapshots and row locks, as PostgreSQL has them: numbers are given at the begin, commits come in any order. */

export interface Transaction {
  /** Null for a transaction that only reads. */
  xid: number | null
  aborted: boolean
}

export interface Transactions {
  /** `xmin:xmax:xip`, as `pg_current_snapshot()::text`. */
  snapshot: () => string
  begin: (writes: boolean) => Transaction
  /** Takes the locks one after the other, waits where somebody holds one, and goes on unless it was aborted meanwhile. */
  lock: (transaction: Transaction, keys: readonly string[], then: () => void) => void
  isLocked: (key: string) => boolean
  end: (transaction: Transaction) => void
  /** The server went down: nothing that is under way will commit. */
  abortAll: () => void
}

interface Lock {
  holder: Transaction
  waiting: Array<{ transaction: Transaction, then: () => void }>
}

export function createTransactions (soon: (task: () => void) => void): Transactions {
  let next = 100
  const open = new Set<Transaction>()
  const locks = new Map<string, Lock>()

  function lock (transaction: Transaction, keys: readonly string[], then: () => void): void {
    const [key, ...rest] = keys
    if (key === undefined) {
      then()
      return
    }
    const goOn = (): void => { lock(transaction, rest, then) }
    const held = locks.get(key)
    if (held === undefined) locks.set(key, { holder: transaction, waiting: [] })
    if (held === undefined || held.holder === transaction) goOn()
    else held.waiting.push({ transaction, then: goOn })
  }

  function end (transaction: Transaction): void {
    open.delete(transaction)
    for (const [key, held] of locks) {
      if (held.holder !== transaction) continue
      const heir = held.waiting.find((waiter) => !waiter.transaction.aborted)
      if (heir === undefined) {
        locks.delete(key)
      } else {
        held.waiting = held.waiting.filter((waiter) => waiter !== heir && !waiter.transaction.aborted)
        held.holder = heir.transaction
        soon(() => { if (!heir.transaction.aborted) heir.then() })
      }
    }
  }

  return {
    snapshot () {
      const running: number[] = []
      for (const { xid } of open) if (xid !== null) running.push(xid)
      return `${running[0] ?? next}:${next}:${running.join(',')}`
    },
    begin (writes) {
      const transaction = { xid: writes ? next++ : null, aborted: false }
      open.add(transaction)
      return transaction
    },
    lock,
    isLocked: (key) => locks.has(key),
    end,
    abortAll () {
      for (const transaction of open) transaction.aborted = true
      for (const transaction of [...open]) end(transaction)
    }
  }
}

/** As `pg_visible_in_snapshot(xid, snapshot)`, for one snapshot and many transactions. */
export function visibleIn (snapshot: string): (xid: number) => boolean {
  const [, xmax, xip = ''] = snapshot.split(':')
  const running = xip === '' ? [] : xip.split(',').map(Number)
  return (xid) => xid < Number(xmax) && !running.includes(xid)
}
