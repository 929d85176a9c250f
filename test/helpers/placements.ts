/** Where an app may register a plugin of its own, seen from ours. */
import type { FastifyInstance } from 'fastify'
import type { BuildOptions } from './app.ts'

export const PLACEMENTS = ['before', 'after', 'in a child scope before', 'in a child scope after', 'not at all'] as const
export type Placement = typeof PLACEMENTS[number]

/** `use` registers the app's plugin and the routes that need it. */
export function place (placement: Placement, use: (scope: FastifyInstance) => Promise<void>): Pick<BuildOptions, 'before' | 'after'> {
  const inChild = async (app: FastifyInstance): Promise<void> => { await app.register(async (scope) => { await use(scope) }) }
  switch (placement) {
    case 'before': return { before: use }
    case 'after': return { after: use }
    case 'in a child scope before': return { before: inChild }
    case 'in a child scope after': return { after: inChild }
    case 'not at all': return {}
  }
}
