/** The types of compile.js, for tests. */
import type { Plugin } from 'esbuild'

export const ownPlace: Plugin
