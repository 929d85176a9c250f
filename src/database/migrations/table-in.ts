/** How migrations name things in a schema: a copy of their own, so that what they made stays as it was. */

/** `tableIn('auth', 'live_session')` is `"auth".live_session`. */
export function tableIn (schema: string, name: string): string {
  return `"${schema.replaceAll('"', '""')}".${name}`
}
