/** How a program of ours becomes one script, with its packages, for bundle-start.js: esbuild's settings. */

/** What docs/guides/bundling.md leaves out: never loaded, or not there. */
const DRIVERS = ['better-sqlite3', 'libsql', 'mariadb', 'mysql', 'mysql2', 'oracledb', 'pg-native', 'pg-query-stream', 'sqlite3', 'tedious']

export const asOneScript = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  // What stays a package is loaded by bundle-start.js, which has only `require` to give.
  supported: { 'dynamic-import': false },
  external: [...DRIVERS, '@electric-sql/*', 'nodemailer'],
  logLevel: 'warning'
}
