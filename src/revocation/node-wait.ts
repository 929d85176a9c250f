/** One revocation's wait: which nodes have still to say that they applied it. A state, without time or I/O. */

/** What the nodes' table says of another node. */
export interface NodeState {
  incarnation: string
  /** Its row shows that it has applied the revocation. */
  applied: boolean
}

export interface NodeWait {
  /** This node has answered the wake. May come before `start`. */
  acknowledge: (incarnation: string) => void
  /** The nodes there are; read after the commit, by whomever. */
  start: (nodes: readonly NodeState[]) => void
  started: () => boolean
  /** A later reading: who has applied it, and who is gone. */
  update: (nodes: readonly NodeState[]) => void
  /** T′ is over, and with it every lease that began before the commit. */
  expire: () => void
  /** Whether no node has to be waited for any more. */
  done: () => boolean
  /** How many nodes said so, this one included, and how many lapsed: silent for T′, or gone. */
  outcome: () => { acknowledged: number, lapsed: number }
}

export function createNodeWait (): NodeWait {
  const early = new Set<string>()
  let open: Set<string> | null = null
  let acknowledged = 1
  let lapsed = 0

  function settle (incarnation: string, lapse = false): void {
    if (open?.delete(incarnation) !== true) return
    if (lapse) lapsed++
    else acknowledged++
  }

  return {
    acknowledge (incarnation) {
      if (open === null) early.add(incarnation)
      else settle(incarnation)
    },

    start (nodes) {
      open = new Set(nodes.map((node) => node.incarnation))
      for (const node of nodes) if (node.applied || early.has(node.incarnation)) settle(node.incarnation)
    },

    update (nodes) {
      const states = new Map(nodes.map((node) => [node.incarnation, node.applied]))
      for (const incarnation of [...open ?? []]) {
        const applied = states.get(incarnation)
        if (applied !== false) settle(incarnation, applied === undefined)
      }
    },

    expire () {
      for (const incarnation of [...open ?? []]) settle(incarnation, true)
    },

    started: () => open !== null,
    done: () => open !== null && open.size === 0,
    outcome: () => ({ acknowledged, lapsed })
  }
}
