/**
 * Signals that may be forgotten: one that is handed out is kept while somebody holds it, listens to it, or follows it;
 * and no longer.
 */

export interface HeldSignal {
  readonly signal: AbortSignal
  abort: (reason: unknown) => void
}

/**
 * What is handed out follows a controller of ours (`AbortSignal.any`). Such a signal Node.js itself keeps while it has
 * listeners: an operation that was given it may hold nothing but its listener. Without listeners, and held by nobody,
 * it is collected, and `onForgotten` is called. Signals that the app makes of it with `AbortSignal.any` follow our
 * controller themselves.
 */
export function createHeldSignals<Key> (onForgotten: (key: Key) => void): (key: Key) => HeldSignal {
  const followersOf = createFollowers()
  const collected = new FinalizationRegistry<{ key: Key, controller: AbortController }>((held) => {
    const followers = followersOf(held.controller.signal)
    if (followers === null) return
    for (const follower of followers) collected.register(follower, held)
    if (followers.length === 0) onForgotten(held.key)
  })

  return (key) => {
    const controller = new AbortController()
    let current = new WeakRef(follow())

    function follow (): AbortSignal {
      const signal = AbortSignal.any([controller.signal])
      collected.register(signal, { key, controller })
      return signal
    }

    return {
      get signal () {
        const kept = current.deref()
        if (kept !== undefined) return kept
        const signal = follow()
        current = new WeakRef(signal)
        return signal
      },
      abort (reason) { controller.abort(reason) }
    }
  }
}

/**
 * Gives the living signals that follow one. Node.js holds them weakly, and shows them nowhere: where it does so
 * otherwise, nothing is known (null), and nothing forgotten.
 */
function createFollowers (): (signal: AbortSignal) => AbortSignal[] | null {
  const { signal: probe } = new AbortController()
  const follower = AbortSignal.any([probe])
  const key = Object.getOwnPropertySymbols(probe).find((symbol) =>
    livingIn((probe as unknown as Record<symbol, unknown>)[symbol])?.includes(follower)
  )
  return (signal) =>
    key === undefined ? null : livingIn((signal as unknown as Record<symbol, unknown>)[key] ?? new Set())
}

/**
 * What a set of weak references leads to; null when it is none. Node.js' own sets and references are no instances of
 * ours, and answer to our methods.
 */
function livingIn (set: unknown): AbortSignal[] | null {
  try {
    const references = [...Set.prototype.values.call(set) as SetIterator<WeakRef<AbortSignal>>]
    return references.flatMap((reference) => WeakRef.prototype.deref.call(reference) as AbortSignal | undefined ?? [])
  } catch {
    return null
  }
}
