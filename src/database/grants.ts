/** What lets a role that does not own our tables run the app. */
import { quoted } from './problem.ts'
import { CALLED, RIGHTS } from './inspect.ts'

export interface Grants {
  statements: string[]
  /** The same as SQL to be run, with the rest that is needed as comments. */
  words: string
}

export interface GrantsOptions {
  /** Left out where it is not known. */
  database?: string | undefined
  schema: string
  role?: string | undefined
}

const PLACEHOLDER = 'app_role'

/** Without `role` a name that is to be replaced. */
export function grantsFor ({ database, schema, role = PLACEHOLDER }: GrantsOptions): Grants {
  const [inSchema, to] = [quoted(schema), quoted(role)]
  const statements = [
    ...(database === undefined ? [] : [`grant connect on database ${quoted(database)} to ${to};`]),
    `grant usage on schema ${inSchema} to ${to};`,
    ...Object.entries(RIGHTS).map(([table, rights]) =>
      `grant ${rights.join(', ').toLowerCase()} on ${inSchema}.${table} to ${to};`
    ),
    ...Object.entries(CALLED).map(([name, parameters]) =>
      `grant execute on function ${inSchema}.${name}(${parameters}) to ${to};`
    )
  ]
  const words = [
    `-- For the role ${to}${
      role === PLACEHOLDER ? " (put in your app's own, or give --role)" : ''
    }. Run this as the owner of the tables, again after an update of the package.`,
    `-- In the app: { database: { url: 'postgres://${role}:…', schema: '${
      schema.replaceAll("'", "\\'")
    }' }, migrate: false }`,
    ...statements
  ].join('\n')
  return { statements, words }
}
