/** The types of bundle.js. */
import type { BuildOptions } from 'esbuild'

export const asOneScript: BuildOptions
