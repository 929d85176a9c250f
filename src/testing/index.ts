/**
 * For the tests of apps: a PostgreSQL without a server, and signing in without a login route. Exported as
 * `fastify-live-sessions/testing`.
 */
export { startTestDatabase, type TestDatabase, type TestDatabaseOptions } from './test-database.ts'
export { signIn, type AppUnderTest, type SignedIn, type SignInOptions } from './sign-in.ts'
