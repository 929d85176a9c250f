/**
 * What @fastify/swagger shows of our routes: how one signs in to them, named where the app's document does not name it.
 */
import type { FastifyInstance, FastifySchema, RouteOptions } from 'fastify'

/** A document under way: OpenAPI 3's, or Swagger 2's. */
interface Described {
  schema: FastifySchema & { security?: unknown }
  openapiObject?: { components?: { securitySchemes?: Record<string, object> } }
  swaggerObject?: { securityDefinitions?: Record<string, object> }
}

/** The names that the routes' schemas use, see schemas/index.ts. */
export const SIGNED_IN = [{ sessionToken: [] }, { sessionCookie: [] }]

/**
 * Our routes bring their own transformation: an app's one for all its routes may expect schemas of another kind
 * (Zod's), and a security scheme that the document lacks would end @fastify/swagger with a TypeError.
 */
export function describeRoutes (scope: FastifyInstance, cookieName: string): void {
  const cookie = { type: 'apiKey', in: 'cookie', name: cookieName, description: 'the session cookie' }
  const schemes = {
    sessionToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'a session\'s token' },
    sessionCookie: cookie
  }
  // Swagger 2 knows neither cookies nor Bearer tokens.
  const definitions = {
    sessionToken: { type: 'apiKey', in: 'header', name: 'authorization' },
    sessionCookie: { ...cookie, in: 'header', name: 'cookie' }
  }

  function swaggerTransform ({ schema, openapiObject, swaggerObject }: Described): { schema: FastifySchema } {
    if (openapiObject !== undefined) {
      const securitySchemes = { ...schemes, ...openapiObject.components?.securitySchemes }
      openapiObject.components = { ...openapiObject.components, securitySchemes }
    }
    if (swaggerObject !== undefined) {
      swaggerObject.securityDefinitions = { ...definitions, ...swaggerObject.securityDefinitions }
    }
    return { schema }
  }

  scope.addHook('onRoute', (route: RouteOptions) => {
    route.config = { ...route.config, swaggerTransform } as RouteOptions['config'] & object
  })
}
