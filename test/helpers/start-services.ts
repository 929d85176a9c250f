/** Runs before the tests: finds or starts PostgreSQL and Redis once for the whole run, and sweeps up what killed runs left behind. */
import { startServices } from './services.ts'
import { dropLeftovers } from './test-databases.ts'

try {
  // The parent is the run itself, which all test files belong to.
  const services = await startServices(process.ppid)
  await dropLeftovers(services.postgres.url)
  console.error(`Tests use PostgreSQL (${services.postgres.source}) and Redis (${services.redis.source}).`)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
