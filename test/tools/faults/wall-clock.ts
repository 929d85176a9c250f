/** A wall clock that can be put forward or back, in this process alone. Imported for its effect; the monotonic clock stays. */

const RealDate = Date
const realNow = Date.now.bind(Date)
let shift = 0

RealDate.now = () => realNow() + shift
globalThis.Date = new Proxy(RealDate, {
  construct: (target, values, newTarget) => Reflect.construct(target, values.length === 0 ? [target.now()] : values, newTarget) as object
})

export function shiftWallClock (ms: number): void {
  shift = ms
}
