/** The types of demo-bundle.js. */
export function findDemoBundle (): string | null
export function bundleDemo (): Promise<void>
