/**
 * The command that a remedy tells people to run, whole: another user's own schema may be another one than the app's.
 */

export interface MigrateCommand {
  schema?: string | undefined
  /** With `--print-grants`: for this role, or for one to be put in. */
  grants?: true | { role: string }
}

export function migrateCommand ({ schema, grants }: MigrateCommand): string {
  return [
    'npx fastify-live-sessions migrate',
    ...(grants === undefined ? [] : ['--print-grants']),
    ...(typeof grants === 'object' ? [`--role ${inShell(grants.role)}`] : []),
    ...(schema === undefined ? [] : [`--schema ${inShell(schema)}`])
  ].join(' ')
}

function inShell (word: string): string {
  return /^[\w.-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
