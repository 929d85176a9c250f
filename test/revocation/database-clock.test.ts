/** The database's time on a node: between two bounds that hold whatever the round trip and the rate of the node's clock (A4). */
import t from 'tap'
import { createDatabaseClock } from '../../src/revocation/database-clock.ts'

t.test('before the first reading nothing is over, and nothing lives', async (t) => {
  const clock = createDatabaseClock({ now: () => 5, monotonic: () => 0 })
  t.equal(clock.earliest(), -Infinity)
  t.equal(clock.latest(), Infinity)
  t.equal(clock.now(), 5)
  t.equal(clock.difference(), 0)
})

t.test('the bounds hold the database\'s time whenever within the round trip it was read, and however wrong the rate is', async (t) => {
  for (const rate of [0.9, 1, 1.1]) {
    for (const answeredAfter of [0, 500, 1_000]) {
      let now = 0
      const clock = createDatabaseClock({ now: () => 0, monotonic: () => now * rate })
      // Sent at 0, answered at 1,000 of true time; PostgreSQL looked at its clock somewhere between.
      clock.read(1_000_000 + answeredAfter, 0, 1_000 * rate)
      for (now = 1_000; now < 9_000; now += 500) {
        t.ok(clock.earliest() <= 1_000_000 + now && 1_000_000 + now <= clock.latest(), `rate ${rate}, read after ${answeredAfter}, at ${now}`)
      }
    }
  }
})

t.test('a wall clock that jumps changes nothing but the difference, which leaves out what the round trip may explain', async (t) => {
  let [wall, monotonic] = [1_000_000, 0]
  const clock = createDatabaseClock({ now: () => wall, monotonic: () => monotonic })
  clock.read(1_000_050, 0, 100)
  monotonic = 100
  wall += 100
  t.equal(clock.difference(), 0)
  const before = clock.now()
  wall -= 3_600_000
  t.equal(clock.now(), before)
  t.ok(Math.abs(clock.difference() - 3_600_000) <= 200)
})
