/** Plugins of ours with a scope and a name of their own. */
import fp from 'fastify-plugin'
import type { FastifyPluginCallback } from 'fastify'

/** Named as `app.printPlugins()` shows it. For one without a name Fastify looks through all modules that are loaded. */
export function inScope<Plugin> (name: string, plugin: Plugin): Plugin {
  const options = { name: `fastify-live-sessions/${name}`, encapsulate: true }
  return fp(plugin as FastifyPluginCallback, options) as Plugin
}
