/** A guard where the plugin is not: nobody gets in, and the app's developer is told why, once for each guard. */
import type { FastifyRequest } from 'fastify'
import { CallInvalid } from '../../src/errors.ts'
import { createCallbackReports } from '../lifecycle/callback-reports.ts'

const kSaid = Symbol.for('fastify-live-sessions.missing-plugin-said')

export function reportMissingPlugin ({ server: app, method, routeOptions }: FastifyRequest, guard: string): void {
  const server = app.server as { [kSaid]?: Set<string> }
  const said = server[kSaid] ??= new Set()
  if (said.has(guard)) return
  said.add(guard)
  const route = `${method} ${routeOptions.url ?? 'a route that does not exist'}`
  createCallbackReports(app.log).failed(new CallInvalid(
    `${guard} refuses everybody at ${route}: the plugin is not registered where this route is. ` +
    'Register it at the root, or, from a plugin of your own, through fastify-plugin'
  ))
}
