/** The types of built-bundles.js. */
export const PROGRAMS: { demo: string, commandLine: string }
export function findBundle (name: keyof typeof PROGRAMS): string | null
export function bundlePrograms (): Promise<void>
