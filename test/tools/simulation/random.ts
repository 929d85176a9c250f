/** Chance that can be replayed: one small generator, started from a seed. */

export interface Random {
  /** From `from` up to, not including, `to`. */
  real: (from: number, to: number) => number
  /** From `from` to `to`, both included. */
  integer: (from: number, to: number) => number
  chance: (probability: number) => boolean
  pick: <T>(list: readonly T[]) => T
}

/** mulberry32, started from a well-mixed seed. */
export function createRandom (seed: number): Random {
  let state = Math.imul(seed + 1, 0x9e3779b1) ^ 0x5bf03635

  function next (): number {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }

  const integer = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1))
  return {
    real: (from, to) => from + next() * (to - from),
    integer,
    chance: (probability) => next() < probability,
    pick: <T>(list: readonly T[]): T => list[integer(0, list.length - 1)] as T
  }
}
