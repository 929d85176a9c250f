/**
 * How our routes check what comes in and write what goes out: with compilers of their own, whatever the app has set for
 * its routes.
 */
import { AjvCompiler } from '@fastify/ajv-compiler'
import type { FastifyInstance, FastifyRequest, FastifySchema, FastifySchemaCompiler } from 'fastify'

/** Nothing is made into another type: a number for a text is 400, not a text. */
const AJV_OPTIONS = { coerceTypes: false, removeAdditional: false } as const

/** One for all apps of a process, as the schemas are: it knows what it has compiled. */
const compile = AjvCompiler()({}, { customOptions: AJV_OPTIONS }) as FastifySchemaCompiler<FastifySchema>

type Validate = ReturnType<typeof compile>

/** A schema is compiled when its route is first asked: a start needs none of them. */
const compileWhenAsked: FastifySchemaCompiler<FastifySchema> = (definition) => {
  let compiled: Validate | undefined
  const validate: Validate = (data) => {
    compiled ??= compile(definition)
    const valid = compiled(data)
    validate.errors = compiled.errors ?? null
    return valid
  }
  return validate
}

export function setRouteCompilers (scope: FastifyInstance): void {
  scope.setValidatorCompiler(compileWhenAsked)
  // What we answer is made by us, field by field: nothing has to be left out. And what a hook of the app's wraps around
  // it stays.
  scope.setSerializerCompiler(() => serialize)
  scope.setReplySerializer((payload) => JSON.stringify(payload))
  scope.setSchemaErrorFormatter((errors, part) => {
    const problems = errors.map(({ instancePath, message }) => `${part}${instancePath} ${message ?? 'is not valid'}`)
    return new Error(problems.join(', '))
  })
}

/** An error of the app's (its rate limit, its maintenance) comes here as one: JSON has no word for what it inherits. */
function serialize (payload: unknown): string {
  if (!(payload instanceof Error)) return JSON.stringify(payload)
  const { statusCode, code, error, message } = payload as Error & Record<string, unknown>
  return JSON.stringify({ statusCode, code, error, message })
}

const WHOLE_NUMBER = /^\d{1,15}$/

/**
 * A preValidation hook: a query string knows texts only, so that this is where a number in it is read. Anything else is
 * left for the schema to refuse.
 */
export function readNumbers (...names: readonly string[]) {
  return (request: FastifyRequest, _reply: unknown, done: () => void): void => {
    const query = request.query as Record<string, unknown>
    for (const name of names) {
      const value = query[name]
      if (typeof value === 'string' && WHOLE_NUMBER.test(value)) query[name] = Number(value)
    }
    done()
  }
}
