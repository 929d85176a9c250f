/** Virtual time: a queue of events. What an event's promises lead to happens before the next event, at the same moment. */

export interface World {
  /** True time, in ms since the run began; no node can see it. */
  readonly now: number
  at: (time: number, task: () => void) => void
  later: (ms: number, task: () => void) => void
  /** Runs all events up to this time. */
  run: (until: number) => Promise<void>
}

interface Event {
  time: number
  /** Events of the same time run in the order in which they were planned. */
  order: number
  task: () => void
}

/** Events in one turn of the event loop. */
const IN_A_TURN = 100

export function createWorld (): World {
  const heap: Event[] = []
  let now = 0
  let planned = 0

  function at (time: number, task: () => void): void {
    const event = { time: Math.max(time, now), order: planned++, task }
    let index = heap.push(event) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!before(event, heap[parent] as Event)) break
      heap[index] = heap[parent] as Event
      index = parent
    }
    heap[index] = event
  }

  function take (): Event | undefined {
    const first = heap[0]
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return first
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1] as Event, heap[child] as Event)) child++
      if (!before(heap[child] as Event, last)) break
      heap[index] = heap[child] as Event
      index = child
    }
    heap[index] = last
    return first
  }

  return {
    get now () { return now },
    at,
    later: (ms, task) => { at(now + ms, task) },
    async run (until) {
      await promisesDone()
      while (heap[0] !== undefined && heap[0].time <= until) await runSome(until)
      now = until
    }
  }

  /** Each an immediate; a turn of the event loop for every one would take longer than the events themselves. */
  function runSome (until: number): Promise<void> {
    return new Promise((resolve, reject) => {
      function step (): void {
        try {
          runNext(until)
        } catch (error) {
          reject(error)
        }
      }
      for (let left = IN_A_TURN; left > 0; left--) setImmediate(step)
      setImmediate(resolve)
    })
  }

  function runNext (until: number): void {
    if (heap[0] === undefined || heap[0].time > until) return
    const { time, task } = take() as Event
    now = time
    task()
  }
}

function before (a: Event, b: Event): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order)
}

/** Node.js runs an immediate, and each of several in one turn, only when no promise has anything left to do. */
function promisesDone (): Promise<void> {
  return new Promise((resolve) => { setImmediate(resolve) })
}
